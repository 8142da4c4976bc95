using DmaBufSim.FieldLogs;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Machines;
using NUnit.Framework;

namespace DmaBufSim.Tests.FieldLogs;

/// <summary>What is said of free blocks.</summary>
[TestFixture]
public sealed class ZoneExplanationTests
{
    private const string Types = """
        Page block order: 9
        Pages per block:  512

        Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10
        Node    0, zone   Normal, type    Unmovable    100     50     25     10      4      2      1      0      0      0      0
        Node    0, zone   Normal, type      Movable      0      0      0      0      0      0      0      0      0      0      0
        Node    0, zone   Normal, type          CMA      0      0      0      0      0      0      0      0      0      2      3
        Node    0, zone   Normal, type      Isolate      0      1      0      0      0      0      0      0      0      0      0
        Node    1, zone      DMA, type    Unmovable >100000    0      0      0      0      0      0      0      0      0      0

        Number of blocks type     Unmovable      Movable  Reclaimable          CMA      Isolate
        Node 0, zone   Normal           12           60            8           16            0
        """;

    [Test]
    public void WhatBreaksOffIsTold()
    {
        Assert.That(
            Explain("Node 0, zone   Normal   1   0   3"), Does.Contain("It has 3 orders where 11 are usual: it breaks off"));
        Assert.That(Explain("Node 0, zone   Normal   1   0   3   0   0   0   0   0   0   0   7"), Does.Not.Contain("usual"));
        string cut = Types[..Types.IndexOf("      0      0      0      2      3", StringComparison.Ordinal)];
        Assert.That(Explain(cut), Does.Contain("The row of CMA breaks off: what it lacks counts as no block."));
    }

    [TestCase("Node 0, zone   Normal           12           60")]
    [TestCase("Node 0, zone   Normal")]
    [TestCase("Node 0, zo")]
    public void ATableOfPageBlocksThatBreaksOff(string row)
    {
        LogMistakes mistakes = new("info");
        string text = "Number of blocks type     Unmovable      Movable          CMA\n";
        Assert.That(new KernelLogReader(new StringReader(text + row), mistakes).Read(), Is.Empty);
        Assert.That(mistakes.Lines.Single(), Does.StartWith("info:2: the table of page blocks breaks off: "));
        mistakes = new LogMistakes("info");
        Assert.That(new KernelLogReader(new StringReader(text), mistakes).Read(), Is.Empty);
        Assert.That(mistakes.Lines.Single(), Does.StartWith("info:1: the table of page blocks breaks off: "));
    }

    // More zones than types, and /proc/buddyinfo behind the table.
    [Test]
    public void WhatFollowsTheTableOfPageBlocks()
    {
        string text = "Number of blocks type A B\n"
            + string.Concat(Enumerable.Range(0, 40).Select(node => $"Node {node}, zone Normal 1 2\n"))
            + "Node 0, zone Normal 1 2 3\n";
        LogMistakes mistakes = new("info");
        LogEntry[] entries = [.. new KernelLogReader(new StringReader(text), mistakes).Read()];
        Assert.That(mistakes.Lines, Is.Empty);
        Assert.That((entries.OfType<LoggedPageblocks>().Count(), entries[^1]), Is.EqualTo((40, entries.OfType<LoggedZone>().Single())));
    }

    [Test]
    public void OneOrderAndNoPage() => Assert.That(
        Explain("Node 0, zone Normal 0\n"), Does.Contain("\n  free: 0 pages\n").And.Contain("  It has 1 order where"));

    [Test]
    public void BothTablesOfPageTypeInfo()
    {
        string[] lines = Explain(Types).Split('\n');
        Assert.That(lines[..10], Is.EqualTo(new[]
        {
            "line 5: zone 'Normal' of node 0 by migrate type",
            "  free: 18680KiB, 4670 pages",
            "  largest free block: 4MiB, 1024 pages",
            "  order            0     1     2     3     4     5     6     7     8     9    10",
            "  unusable     0.000 0.021 0.043 0.064 0.081 0.095 0.109 0.122 0.122 0.122 0.342",
            "  fragmented      -1    -1    -1    -1    -1    -1    -1    -1    -1    -1    -1",
            "  Unmovable: 2288KiB, 572 pages; largest free block: 256KiB, 64 pages",
            "  CMA: 16MiB, 4096 pages; largest free block: 4MiB, 1024 pages",
            "  Isolate: 8KiB, 2 pages; largest free block: 8KiB, 2 pages",
            "  For unmovable requests (the kernel, the system heap): 2288KiB, 572 pages;",
        }));
        string text = string.Join(' ', lines.Select(line => line.Trim()));
        Assert.That(text, Does.Contain("87 % of the free pages lie in CMA areas. They serve movable requests alone"));
        Assert.That(text, Does.Contain("Isolated pages are taken out for a request to an area that is at work now."));
        Assert.That(text, Does.Contain("line 9: zone 'DMA' of node 1 by migrate type free: 400000KiB, 100000 pages"));
        Assert.That(text, Does.Contain("Counts with '>' were cut off at 100000 by the kernel: there are more."));
        Assert.That(text, Does.Contain("line 12: page blocks of zone 'Normal' of node 0 a page block has 2MiB "
            + "Unmovable 12 (24MiB), Movable 60 (120MiB), Reclaimable 8 (16MiB), CMA 16 (32MiB)"));
        Assert.That(text, Does.Contain("15 % of the page blocks outside areas hold unmovable memory"));
        Assert.That(lines.Max(line => line.Length), Is.LessThanOrEqualTo(80));
    }

    // The counts and indices of the kernel's own arithmetic, worked out by hand.
    [Test]
    public void TheIndicesOfALineOfBuddyInfo() =>
        Assert.That(Explain("Node 0, zone   Normal    100     50     25     10      4      2      1      0      0      0      0"),
            Does.Contain("\n  unusable     0.000 0.174 0.349 0.524 0.664 0.776 0.888 1.000 1.000 1.000 1.000\n"
                + "  fragmented      -1    -1    -1    -1    -1    -1    -1 0.972 0.984 0.989 0.992\n"));

    [TestCase("6.1")]
    [TestCase("7.3")]
    public void OurOwnFilesAreRead(string kernel)
    {
        Machine machine = TestMachine.Build(kernel);
        machine.First.Make("system", 3 << 20);
        List<string> lines = PseudoFiles.Read(machine, machine.First, "/proc/pagetypeinfo").Value;
        LogMistakes mistakes = new("info");
        LogEntry[] entries = [.. new KernelLogReader(new StringReader(string.Join('\n', lines)), mistakes).Read()];
        Assert.That(mistakes.Lines, Is.Empty);
        LoggedTypes types = (LoggedTypes)entries[0];
        Assert.That(types.Rows.Select(row => row.Type), Is.EqualTo(
            new[] { "Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate" }));
        Assert.That(
            Enumerable.Range(0, 11).Select(order => types.Rows.Sum(row => row.Blocks[order])),
            Is.EqualTo(Enumerable.Range(0, 11).Select(machine.Memory.Buddy.FreeBlocks)));
        LoggedPageblocks blocks = (LoggedPageblocks)entries[1];
        Assert.That((blocks.BlockOrder, blocks.Rows.Sum(row => row.Blocks)), Is.EqualTo((9, machine.Memory.FrameCount >> 9)));
    }

    [TestCase("Node 0, zone Normal, type Movable 1 x", 1)]
    [TestCase("Node 0, zone Normal, type Movable", 1)]
    [TestCase("Node 0, zone Normal, type Movable 99999999", 1)]
    [TestCase("Number of blocks type A B\nNode 0, zone Normal 1 99999999", 2)]
    public void TablesThatCannotBeAreTold(string text, int line)
    {
        LogMistakes mistakes = new("info");
        Assert.That(new KernelLogReader(new StringReader(text), mistakes).Read(), Is.Empty);
        Assert.That(mistakes.Lines.Single(), Does.StartWith($"info:{line}: "));
    }

    private static string Explain(string text)
    {
        LogExplanation explanation = new();
        KernelLogReader reader = new(new StringReader(text), new LogMistakes("log"));
        return string.Join('\n', reader.Read().SelectMany(explanation.Next).Concat(explanation.Finish()));
    }
}
