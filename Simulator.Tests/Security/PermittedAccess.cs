using System.Globalization;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>
/// Which steps of a program the rules permit, by the words of the manual: from the description of the machine and what
/// the program has done so far. It asks no firewall, no policy and no protection of the machine.
/// </summary>
internal sealed class PermittedAccess(MachineDescription machine, StepPlayer player)
{
    private const int Cell = 512;
    private const string Codec = "codec";

    private readonly Dictionary<long, (long From, long To)> text = [];
    private readonly HashSet<long> begun = [];
    private readonly HashSet<string> ended = [];
    private readonly HashSet<string> clear = [];
    private readonly string[] masters =
        ["cpu", "ta", .. machine.Devices.Select(device => device.Name).Where(name => name != Codec)];

    private bool KnowsRegions => machine.Policy is "attach" or "per-usage";

    /// <summary>Whether the rules permit a line of a program. What is no access is permitted.</summary>
    public bool Permits(string line)
    {
        Call call = Read(line);
        if (call.Names is not { } names || call.Words.Length == 0)
        {
            return true;
        }

        string[] words = call.Words;
        Import? import = names.Attachment(words[0]);
        DmaBuf? buffer = names.Buffer(words[0]);
        char right = call.Verb is "hash" or "read" or "ta_read" ? 'r' : 'w';
        switch (call.Verb)
        {
            case "stale_read" or "stale_write":
                return false;
            case "attach":
                return Attaches(MasterOf(words[0]), names.Buffer(words[1]), words.Length > 2);
            case "map":
                return import is null || "rw".Where(needed => Needs(words[1], needed) || import.Importer.Name == Codec)
                    .All(needed => Anywhere(MasterOf(import), import.Buffer, needed));
            case "vmap":
                return "rw".All(both => Anywhere("cpu", buffer, both));
            case "mmap":
                string needs = words[4] == "shared" ? words[3] : "r";
                return needs.All(needed => Anywhere("cpu", buffer, needed));
            case "hash" or "fill":
                return names.Vmap(words[0]) is { } held
                    ? Cells("cpu", held.Buffer, right, call.Number(1), call.Number(2))
                    : Through(call, names.Address(words[0]), right);
            case "read" or "write" when import is not null:
                return Cells(MasterOf(import), import.Buffer, right, call.Number(1), call.Number(2));
            case "copy" or "blend" when import is not null && names.Attachment(words[2]) is { } to:
                return Moves(MasterOf(import), import.Buffer, to.Buffer, call);
            case "ta_read" or "ta_write":
                return Cells("ta", buffer, right, call.Number(1), call.Number(2));
            case "ta_copy" or "ta_blend":
                return Moves("ta", buffer, names.Buffer(words[2]), call);
            default:
                return true;
        }
    }

    /// <summary>A line has succeeded.</summary>
    public void Note(string line)
    {
        Call call = Read(line);
        switch (call.Verb)
        {
            case "region":
                text[call.Names!.Buffer(call.Words[0])!.Inode] = (call.Number(2), call.Number(2) + call.Number(3));
                break;
            case "attach" when call.Names!.Buffer(call.Words[1]) is { } buffer:
                if (Granted(MasterOf(call.Words[0]), HeapOf(buffer), 'w'))
                {
                    begun.Add(buffer.Inode);
                }

                break;
            case "teardown":
                ended.Add(call.Words[0]);
                break;
            case "link" when call.Words[1] == "clear":
                clear.Add(MasterOf(call.Words[0]));
                break;
            case "link":
                clear.Remove(MasterOf(call.Words[0]));
                break;
        }
    }

    // [PROCESS:] [NAME =] VERB WORDS
    private Call Read(string line)
    {
        string[] words = line.Split(' ');
        bool isFirst = !words[0].EndsWith(':');
        Process? process = isFirst ? player.Machine.First : player.Machine.FindProcess(words[0][..^1]);
        words = isFirst ? words : words[1..];
        words = words.Length > 1 && words[1] == "=" ? words[2..] : words;
        return new Call(process is { IsAlive: true } ? process : null, words[0], words[1..])
        {
            Names = process is { IsAlive: true } ? player.NamesOf(process) : null,
        };
    }

    private static bool Needs(string direction, char right) =>
        direction == "bidirectional" || direction == (right == 'r' ? "to_device" : "from_device");

    // A device that moves bytes with the CPU is the CPU.
    private static string MasterOf(string device) => device == Codec ? "cpu" : device;

    private static string MasterOf(Import import) => MasterOf(import.Importer.Name);

    private HeapDescription? HeapOf(OpenFile? file) => file is DmaBuf { Exporter: HeapBuffer storage }
        ? machine.Heaps.Single(heap => heap.Name == storage.Heap.Name)
        : null;

    // Before there is a writer a buffer is plain memory to the CPU, and nothing to anybody else.
    private bool IsPlain(DmaBuf buffer) => machine.Policy == "attach" && !begun.Contains(buffer.Inode);

    // What the rules of a use give somewhere, as far as the policy can express them.
    private bool Granted(string master, HeapDescription? heap, char right) =>
        Rules(master, heap, right).Any(rule => KnowsRegions || rule.Region is null);

    private IEnumerable<AccessRule> Rules(string master, HeapDescription? heap, char right) =>
        machine.Policy == "tee" && master == "cpu"
            ? []
            : (heap?.Rules ?? []).Where(rule =>
                rule.Master == master && (rule.Rights & (right == 'r' ? AccessRights.Read : AccessRights.Write)) != 0);

    private bool IsOpen(DmaBuf? buffer) => HeapOf(buffer) is not { Rules.IsEmpty: false };

    private bool Ends(DmaBuf buffer) => machine.Policy != "tee" && ended.Contains(HeapOf(buffer)!.Name);

    // Whether a right is there for some byte: the question of attach, map and mmap.
    private bool Anywhere(string master, DmaBuf? buffer, char right)
    {
        if (buffer is null || IsOpen(buffer))
        {
            return true;
        }

        if (Ends(buffer) || clear.Contains(master))
        {
            return false;
        }

        return IsPlain(buffer) ? master == "cpu" : Granted(master, HeapOf(buffer), right);
    }

    // Before 7.3 a dynamic importer is mapped at once, for reading and writing.
    private bool Attaches(string master, DmaBuf? buffer, bool maps)
    {
        if (buffer is null || IsOpen(buffer))
        {
            return true;
        }

        bool reads = Granted(master, HeapOf(buffer), 'r');
        bool writes = Granted(master, HeapOf(buffer), 'w');
        bool suits = maps ? reads && writes : writes || (reads && !IsPlain(buffer));
        return suits && !Ends(buffer) && !clear.Contains(master);
    }

    private bool At(string master, DmaBuf buffer, char right, long offset)
    {
        if (IsOpen(buffer))
        {
            return true;
        }

        if (Ends(buffer) || clear.Contains(master))
        {
            return false;
        }

        if (IsPlain(buffer))
        {
            return master == "cpu";
        }

        return Rules(master, HeapOf(buffer), right).Any(rule => rule.Region is null
            || (KnowsRegions && text.TryGetValue(buffer.Inode, out var named)
                && named.From <= offset && offset < named.To));
    }

    private bool Cells(string master, DmaBuf? buffer, char right, long offset, long length)
    {
        for (long at = offset; buffer is not null && at < Math.Min(offset + length, buffer.Size); at += Cell)
        {
            if (!At(master, buffer, right, at))
            {
                return false;
            }
        }

        return true;
    }

    // The first write to a page of a private mapping reads all of it.
    private bool Through(Call call, long address, char right) =>
        call.Process!.FindMapping(address) is not { File: DmaBuf buffer } area
        || (area.IsShared
            ? Cells("cpu", buffer, right, call.Number(1), call.Number(2))
            : Cells("cpu", buffer, 'r', 0, buffer.Size));

    private bool Moves(string master, DmaBuf? from, DmaBuf? to, Call call)
    {
        long length = call.Number(4);
        bool blends = call.Verb.EndsWith("blend", StringComparison.Ordinal);
        return from is null || to is null
            || (Cells(master, from, 'r', call.Number(1), length) && Cells(master, to, 'w', call.Number(3), length)
                && (!blends || Cells(master, to, 'r', call.Number(3), length)) && MayFlow(from, to));
    }

    // Nobody may read the target, wherever its regions come to lie, who may not read the source wherever it lies.
    private bool MayFlow(DmaBuf from, DmaBuf to)
    {
        HeapDescription? source = HeapOf(from);
        HeapDescription? target = HeapOf(to);
        return IsOpen(from) || source == target || masters.All(master =>
            (!IsOpen(to) && !Granted(master, target, 'r'))
            || Rules(master, source, 'r').Any(rule => rule.Region is null));
    }

    private sealed record Call(Process? Process, string Verb, string[] Words)
    {
        public NameTable? Names { get; init; }

        public long Number(int word) => long.Parse(Words[word], CultureInfo.InvariantCulture);
    }
}
