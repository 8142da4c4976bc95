using DmaBufSim.Devices;
using DmaBufSim.Engine;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Tests.Security;

/// <summary>
/// Makes up a program that tries to get at protected bytes: every call that a process, a driver or a device can make,
/// in any order, on a few names, so that most calls meet something that is there. It knows no rules.
/// </summary>
internal sealed class HostileProgram
{
    private static readonly string?[] Actors = [null, null, null, null, "p1", "p2"];
    private static readonly string[] Heaps = ["video", "ui", "carve", "plain", "system"];
    private static readonly string[] Devices = ["decoder", "display", "gpu", "camera", "codec"];
    private static readonly string[] Directions = ["to_device", "from_device", "bidirectional"];
    private static readonly string[] Protections = ["r", "w", "rw"];

    private readonly RandomStream random;
    private readonly Func<string>[] calls;
    private string actor = "";
    private readonly Queue<string> pending = [];
    private NameTable names = new();

    public HostileProgram(ulong seed)
    {
        random = new RandomStream(seed);
        calls = [.. Calls().SelectMany(call => Enumerable.Repeat(call.Line, call.Weight))];
    }

    /// <summary>The next line.</summary>
    public string Next(StepPlayer player)
    {
        if (pending.TryDequeue(out string? line))
        {
            return line;
        }

        string? drawn = Actors[Below(Actors.Length)];
        bool isThere = drawn is null || player.Machine.FindProcess(drawn) is { IsAlive: true };
        actor = drawn is null || (!isThere && Below(20) > 0) ? "" : $"{drawn}: ";
        names = actor.Length > 0 && player.Machine.FindProcess(drawn!) is { } process
            ? player.NamesOf(process)
            : player.NamesOf(player.Machine.First);
        return calls[Below(calls.Length)]();
    }

    private (int Weight, Func<string> Line)[] Calls() =>
    [
        (10, Allocate),
        (2, () => Say($"{New("b")} = dup {Buffer()}")),
        (4, () => Say($"close {Buffer()}")),
        (3, LetGo),
        (12, AttachAndMap),
        (9, () => Say($"map {Import()} {Pick(Directions)}")),
        (3, () => Say($"unmap {Import()}")),
        (3, () => Say($"detach {Import()}")),
        (10, () => Say($"write {Mapped()} {Offset()} {Length()} {Value()}")),
        (10, () => Say($"read {Mapped()} {Offset()} {Length()}")),
        (8, () => Say($"copy {Pair()}")),
        (4, () => Say($"blend {Pair()}")),
        (4, () => Say($"ta_write {Buffer()} {Offset()} {Length()} {Value()}")),
        (4, () => Say($"ta_read {Buffer()} {Offset()} {Length()}")),
        (4, () => Say($"ta_copy {Buffer()} {Offset()} {Buffer()} {Offset()} {Length()}")),
        (3, () => Say($"ta_blend {Buffer()} {Offset()} {Buffer()} {Offset()} {Length()}")),
        (9, () => Say($"{New("m")} = mmap {Buffer()} 0 {Pick("4096", "8192")} {Pick(Protections)} "
            + Pick("shared", "shared", "shared", "private"))),
        (4, () => Say($"mprotect {Mapping()} {Pick(Protections)}")),
        (2, () => Say($"munmap {Mapping()}")),
        (2, () => Say($"v = vmap {Buffer()}")),
        (1, () => Say("vunmap v")),
        (1, () => Say($"sync {Buffer()} {Pick("read", "write", "rw")}")),
        (7, () => Say($"fill {Pick(Mapping(), Mapping(), Mapping(), "v")} {Offset()} {Length()} {Value()}")),
        (12, () => Say($"hash {Pick(Mapping(), Mapping(), Mapping(), "v")} {Offset()} {Length()}")),
        (2, () => Say($"fork {Pick("p1", "p2")}")),
        (1, () => Say($"kill {Pick("p1", "p1", "p2", "p2", Below(10) == 0 ? "first" : "p1")}")),
        (3, () => Say($"send {Pick("p1", "p2")} {Buffer()}")),
        (2, () => Say($"give {Buffer()}")),
        (4, () => Say($"{New("b")} = take" + Pick("", "", " p1", " p2"))),
        (5, () => Say($"region {Buffer()} text {Offset()} {Length()}")),
        (3, OpenLater),
        (2, () => Say($"link {Pick(Devices)} {Pick("clear", "protected")}")),
        (5, () => Say($"stale_read {Pick(Devices)} {Offset()} {Length()}")),
        (3, () => Say($"stale_write {Pick(Devices)} {Offset()} {Length()} {Value()}")),
        (1, () => Below(3) == 0 ? Say($"teardown {Pick(Heaps)}") : Say($"munmap {Pick("w", "x")}")),
        (3, () => Say($"given movable {Pick("w", "x")} {Pick("none", "0+4", "0+64", "2+1,9+30", "256+200")}")),
        (3, () => Say("u = memfd 8192 shrink")),
        (3, () => Say($"{New("b")} = udmabuf u 0 8192")),
        (2, () => Say("read u")),
        (1, () => Say("write u")),
        (1, () => Say("lseek u 0 set")),
    ];

    private string Say(string call) => actor + call;

    private string Allocate()
    {
        string buffer = New("b");
        if (Below(3) == 0)
        {
            pending.Enqueue(Say($"region {buffer} text {Offset()} {Length()}"));
        }

        return Say($"{buffer} = alloc {Pick(Heaps)} {Pick("4096", "4096", "8192", "16384", "65536")}");
    }

    private string AttachAndMap()
    {
        string import = New("a");
        string device = Pick(Devices);
        if (Below(3) > 0)
        {
            pending.Enqueue(Say($"map {import} {Pick(Directions)}"));
        }

        return Say($"{import} = attach {device} {Buffer()}{Pick("", "", "", " dynamic")}");
    }

    // A region over bytes that are there already, by this process or by one that was passed the descriptor.
    private string OpenLater()
    {
        string buffer = Buffer();
        pending.Enqueue(Say($"ta_write {buffer} 0 4096 {Value()}"));
        if (Below(2) == 0)
        {
            string other = Pick("p1", "p2");
            pending.Enqueue(Say($"send {other} {buffer}"));
            actor = $"{other}: ";
            buffer = New("b");
            pending.Enqueue(Say($"{buffer} = take"));
        }

        pending.Enqueue(Say($"region {buffer} text 0 4096"));
        pending.Enqueue(Say(Below(2) == 0
            ? $"hash {Mapping()} 0 {Length()}"
            : Below(2) == 0 ? $"ta_read {buffer} 0 {Length()}" : $"read {Import()} 0 {Length()}"));
        return pending.Dequeue();
    }

    // All that a process has of a buffer, and perhaps a device does not notice.
    private string LetGo()
    {
        string of = Buffer();
        foreach (Produces kind in (Produces[])[Produces.Attachment, Produces.Mapping, Produces.Descriptor])
        {
            foreach (string name in names.Of(kind).Where(name => names.Buffer(name) == names.Buffer(of)))
            {
                string verb = kind == Produces.Attachment ? "detach" : kind == Produces.Mapping ? "munmap" : "close";
                pending.Enqueue(Say($"{verb} {name}"));
            }
        }

        if (Below(2) == 0)
        {
            pending.Enqueue(Say($"stale_read {Pick(Devices)} 0 {Length()}"));
        }

        return pending.TryDequeue(out string? first) ? first : Say($"close {of}");
    }

    // From one buffer of a device to another, as far as a few draws find such.
    private string Pair()
    {
        string from = Mapped();
        string to = Mapped();
        Importer? device = names.Attachment(from)?.Importer;
        for (int i = 0; i < 8 && (to == from || names.Attachment(to)?.Importer != device); i++)
        {
            to = Mapped();
        }

        return $"{from} {Offset()} {to} {Offset()} {Length()}";
    }

    // The best of a few draws: one that its device has mapped.
    private string Mapped()
    {
        string name = Import();
        for (int i = 0; i < 4 && names.Attachment(name) is not { IsMapped: true }; i++)
        {
            name = Import();
        }

        return name;
    }

    private string Buffer() => Bound(Produces.Descriptor, "b");

    private string Import() => Bound(Produces.Attachment, "a");

    private string Mapping() => Bound(Produces.Mapping, "m");

    // Mostly a name that stands for something.
    private string Bound(Produces kind, string letter)
    {
        List<string> bound = names.Of(kind);
        return bound.Count > 0 && Below(12) > 0 ? bound[Below(bound.Count)] : New(letter);
    }

    private string New(string letter) => letter + Below(letter == "m" ? 3 : 5);

    private long Offset() => 512 * (Below(3) == 0 ? Below(16) : 0);

    private long Length() => 512 * (1 + Below(8));

    private string Value() => $"0x{Below(8)}1";

    private string Pick(params string[] of) => of[Below(of.Length)];

    private int Below(int bound) => (int)random.Below(bound);
}
