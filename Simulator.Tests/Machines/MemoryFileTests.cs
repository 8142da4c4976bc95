using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

/// <summary>The files that tell of free memory and of areas.</summary>
[TestFixture]
public sealed class MemoryFileTests
{
    private const string Statistics = "/sys/kernel/mm/cma/reserved/";

    [Test]
    public void TheTableOfPageTypes()
    {
        Machine machine = TestMachine.Build();
        machine.First.Make("system", 4096);
        string[] lines = Read(machine, "/proc/pagetypeinfo");
        Assert.That(lines[..6], Is.EqualTo(new[]
        {
            "Page block order: 9",
            "Pages per block:  512",
            "",
            "Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10 ",
            "Node    0, zone   Normal, type    Unmovable      1      1      1      1      1      1      1      1      1      1      0 ",
            "Node    0, zone   Normal, type      Movable      0      0      0      0      0      0      0      0      0      0      4 ",
        }));
        Assert.That(lines[10..12], Is.EqualTo(new[]
        {
            "",
            "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic          CMA      Isolate ",
        }));
    }

    [Test]
    public void TheTableOfPageTypesAgreesWithTheAllocator()
    {
        Machine machine = TestMachine.Build();
        machine.First.Make("system", 5 << 20);
        machine.First.Make(TestMachine.Cma, 3 << 20);
        string[] lines = Read(machine, "/proc/pagetypeinfo");
        foreach (MigrateType type in Enum.GetValues<MigrateType>())
        {
            string name = type == MigrateType.Cma ? "CMA" : type.ToString();
            string row = lines.Single(line => line.Contains($" type {name,12} ", StringComparison.Ordinal));
            Assert.That(Numbers(row[(row.IndexOf(name, StringComparison.Ordinal) + name.Length)..]), Is.EqualTo(
                Enumerable.Range(0, 11).Select(order => (long)machine.Memory.Buddy.FreeBlocks(order, type))));
        }

        long[] blocks = Numbers(lines[^1][22..]);
        Assert.That(blocks.Sum(), Is.EqualTo(machine.Memory.FrameCount >> 9));
        Assert.That(blocks[(int)MigrateType.Unmovable], Is.EqualTo(
            Enumerable.Range(0, machine.Memory.FrameCount >> 9)
                .Count(block => machine.Memory.Buddy.TypeOf(block << 9) == MigrateType.Unmovable)));
    }

    [TestCase("6.12", "")]
    [TestCase("7.3", "nr_free_pages_blocks 4096|")]
    public void TheCountersOfTheMachine(string kernel, string blocks)
    {
        Machine machine = TestMachine.Build(kernel);
        machine.First.Make(TestMachine.Cma, 4096);
        machine.First.Allocate(TestMachine.Cma, 8 << 20, OpenFlags.ReadWrite);
        string[] lines = Read(machine, "/proc/vmstat");
        string[] free = [.. lines.Where(line => !line.StartsWith("nr_free_pages", StringComparison.Ordinal))];
        Assert.That(free, Is.EqualTo(new[] { "nr_free_cma 2047", "cma_alloc_success 1", "cma_alloc_fail 1" }));
        Assert.That(lines, Has.Length.EqualTo(blocks.Length == 0 ? 4 : 5));
        string kib = Read(machine, "/proc/meminfo")[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        Assert.That(lines[0], Is.EqualTo($"nr_free_pages {long.Parse(kib) / 4}"));
    }

    [Test]
    public void TheIndicesOfAFreshZone()
    {
        Machine machine = TestMachine.Build();
        machine.First.Make("system", 4096);
        Assert.That(Read(machine, "/sys/kernel/debug/extfrag/extfrag_index")[0], Is.EqualTo(
            "Node 0, zone   Normal " + string.Concat(Enumerable.Repeat("-1.000 ", 11))));

        // One page is taken: of 7167 that are free, 2^order - 1 lie in blocks below the order.
        Assert.That(
            Read(machine, "/sys/kernel/debug/extfrag/unusable_index")[0],
            Is.EqualTo("Node 0, zone   Normal 0.000 0.000 0.000 0.000 0.002 0.004 0.008 0.017 0.035 0.071 0.142 "));
    }

    [Test]
    public void TheIndicesOfAZoneInPieces()
    {
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 16 << 20,
            Heaps = [new HeapDescription("system", "system")],
        });
        int[] buffers = [.. Enumerable.Range(0, 64).Select(_ => machine.First.Make("system", 4096))];
        while (machine.First.Allocate("system", 1 << 20, OpenFlags.ReadWrite).IsOk)
        {
        }

        for (int i = 0; i < buffers.Length; i += 2)
        {
            machine.First.Files.Close(buffers[i]);
        }

        long[] blocks = [.. Enumerable.Range(0, 11).Select(order => (long)machine.Memory.Buddy.FreeBlocks(order))];
        string text = Read(machine, "/sys/kernel/debug/extfrag/extfrag_index")[0][22..];
        Assert.That(text.TrimEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(
            blocks.Select((_, order) => FreeBlockIndices.Fragmentation(order, blocks))
                .Select(index => index < 0 ? "-1.000" : $"{index / 1000}.{index % 1000:D3}")));
        Assert.That(text, Does.Contain(" 0."));
    }

    [TestCase("6.1", "alloc_pages_success 5|alloc_pages_fail 3000")]
    [TestCase("6.12", "alloc_pages_success 5|alloc_pages_fail 0|release_pages_success 5")]
    [TestCase("7.3", "alloc_pages_success 5|alloc_pages_fail 3000|release_pages_success 5|total_pages 2048|available_pages 2048")]
    public void TheCountersOfAnArea(string kernel, string expected)
    {
        Machine machine = TestMachine.Build(kernel);
        machine.First.Files.Close(machine.First.Make(TestMachine.Cma, 5 * 4096));
        machine.First.Allocate(TestMachine.Cma, 3000 * 4096, OpenFlags.ReadWrite);
        string[] all = ["alloc_pages_success", "alloc_pages_fail", "release_pages_success", "total_pages", "available_pages"];
        IEnumerable<string> there = all.Where(file => PseudoFiles.Read(machine, machine.First, Statistics + file).IsOk);
        Assert.That(
            string.Join('|', there.Select(file => $"{file} {Read(machine, Statistics + file)[0]}")), Is.EqualTo(expected));
        Assert.That(
            PseudoFiles.Paths(machine).Where(path => path.StartsWith(Statistics, StringComparison.Ordinal))
                .Select(path => path[Statistics.Length..]),
            Is.EquivalentTo(there));
    }

    [Test]
    public void NewKernelsHaveAFolderForEachRange()
    {
        const string Area = "/sys/kernel/debug/cma/reserved/";
        Machine machine = TestMachine.Build("7.3");
        machine.First.Make(TestMachine.Cma, 5 * 4096);
        foreach (string file in (string[])["base_pfn", "bitmap"])
        {
            Assert.That(Read(machine, $"{Area}ranges/0/{file}"), Is.EqualTo(Read(machine, Area + file)));
            Machine older = TestMachine.Build();
            Assert.That(PseudoFiles.Read(older, older.First, $"{Area}ranges/0/{file}").Errno, Is.EqualTo(Errno.ENOENT));
        }

        foreach (string path in (string[])["ranges/0/count", "ranges/1/bitmap", "ranges/0", "ranges/0/ranges/0/bitmap", "bitmap/bitmap"])
        {
            Assert.That(PseudoFiles.Read(machine, machine.First, Area + path).Errno, Is.EqualTo(Errno.ENOENT), path);
        }
    }

    [Test]
    public void TheFilesOfAnAreaInPieces()
    {
        const string Area = "/sys/kernel/debug/cma/big/";
        Machine machine = InPieces(orderPerBit: 2);
        machine.First.Make("cam", 7 << 20);
        machine.First.Make("cam", 5 * 4096);
        string[] Cat(string file) => [Read(machine, Area + file)[0]];
        Assert.That(
            string.Join(' ', ((string[])["count", "used", "maxchunk", "order_per_bit", "base_pfn"]).SelectMany(Cat)),
            Is.EqualTo("3584 1797 1536 2 1048576"));
        Assert.That(
            string.Join(' ', ((string[])["ranges/0/base_pfn", "ranges/1/base_pfn"]).SelectMany(Cat)),
            Is.EqualTo("1048576 1051648"));

        // 1792 pages are 448 bits of the 512 of range 0; the buffer of 5 pages lies behind them, at a multiple of 8.
        string first = string.Join(' ', Enumerable.Repeat("4294967295", 14)) + " 3 0";
        Assert.That(Read(machine, Area + "bitmap").Single(), Is.EqualTo(first));
        Assert.That(Read(machine, Area + "ranges/0/bitmap").Single(), Is.EqualTo(first));
        Assert.That(Read(machine, Area + "ranges/1/bitmap").Single(), Is.EqualTo(string.Join(' ', Enumerable.Repeat("0", 12))));
        Assert.That(PseudoFiles.Read(machine, machine.First, Area + "ranges/2/bitmap").Errno, Is.EqualTo(Errno.ENOENT));
        Assert.That(
            PseudoFiles.Paths(machine).Where(path => path.Contains("ranges/", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "0/base_pfn", "0/bitmap", "1/base_pfn", "1/bitmap" }.Select(file => $"{Area}ranges/{file}")));
        Assert.That(Read(machine, "/sys/kernel/mm/cma/big/total_pages"), Is.EqualTo(new[] { "3584" }));
        Assert.That(Read(machine, "/sys/kernel/mm/cma/big/available_pages"), Is.EqualTo(new[] { "1787" }));
        Assert.That(machine.Areas[0].Log, Is.EqualTo(new[] { "cma: Reserved 14 MiB in 2 ranges" }));
    }

    [Test]
    public void HolesAreNotCounted()
    {
        Machine machine = InPieces(0);
        long[] blocks = Numbers(Read(machine, "/proc/pagetypeinfo")[^1][22..]);
        Assert.That(blocks, Is.EqualTo(new long[] { 0, 3, 0, 0, 7, 0 }));
        Assert.That(Read(machine, "/proc/meminfo"), Is.EqualTo(new[]
        {
            "MemTotal:          20480 kB",
            "MemFree:           20480 kB",
            "CmaTotal:          14336 kB",
            "CmaFree:           14336 kB",
        }));
    }

    // 8 MiB, a hole of 4, 12 MiB: the area has the first 8, and 6 of the 12.
    private static Machine InPieces(int orderPerBit) => new MachineBuilder().Build(new MachineDescription
    {
        Memory = 24 << 20,
        Base = 4L << 30,
        Kernel = KernelProfile.Find("7.3")!,
        Holes = [new MemoryHole((4L << 30) + (8 << 20), 4 << 20)],
        Areas = [new AreaDescription("big", 14 << 20, orderPerBit, Multi: true)],
        Heaps = [new HeapDescription("cam", "cma") { On = "big" }],
    });

    // 5 and 3 pages take 8 and 4; the kernel counts the pages of the requests.
    [TestCase("6.12", "12")]
    [TestCase("7.3", "8")]
    public void UsedPagesOfCoarseBits(string kernel, string used)
    {
        Machine machine = new MachineBuilder().Build(new MachineDescription
        {
            Memory = 32 << 20,
            Kernel = KernelProfile.Find(kernel)!,
            Areas = [new AreaDescription("a", 8 << 20, OrderPerBit: 2)],
            Heaps = [new HeapDescription("cma", "cma") { On = "a" }],
        });
        machine.First.Make("cma", 5 * 4096);
        machine.First.Make("cma", 3 * 4096);
        Assert.That(Read(machine, "/sys/kernel/debug/cma/a/used")[0], Is.EqualTo(used));
    }

    [Test]
    public void WithoutTheKeyNothingIsTraced()
    {
        Machine machine = TestMachine.Build();
        machine.First.Make(TestMachine.Cma, 4096);
        Assert.That(machine.Trace.Ftrace, Is.Null);
        Assert.That(Read(machine, "/sys/kernel/tracing/trace"), Is.EqualTo(FtraceText.Lines(null, machine.Kernel)));
    }

    private static long[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];

    private static string[] Read(Machine machine, string path) =>
        [.. PseudoFiles.Read(machine, machine.First, path).Value];
}
