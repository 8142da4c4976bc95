using NUnit.Framework;

namespace DmaBufSim.Tests.House;

/// <summary>Every rule of the house against a violation that was made up, and against its innocent neighbour.</summary>
[TestFixture]
public sealed class HouseRulesTests
{
    [TestCase("Heaps", "using DmaBufSim.Devices;", "Heaps may not use Devices")]
    [TestCase("Devices", "using DmaBufSim.Memory;", "Devices may not use Memory")]
    [TestCase("Devices", "Memory.FrameRun run = default;", "Devices may not use Memory")]
    [TestCase("Abi", "DmaBufSim.Tracing.Trace trace;", "Abi may not use Tracing")]
    [TestCase("Processes", "using Kind = DmaBufSim.Devices.DeviceType;", "Processes may not use Devices")]
    [TestCase("Kitchen", "using DmaBufSim.Abi;", "Kitchen may not use Abi")]
    [TestCase("Hosting", "global using System.Text;", "a global using hides who uses whom")]
    public void ADirectionIsBroken(string room, string code, string violation) =>
        Assert.That(HouseRules.Direction([At(room, code)]).Single(), Does.EndWith(violation));

    [TestCase("Heaps", "using DmaBufSim.Buffers; using System.Text;")]
    [TestCase("Devices", "// using DmaBufSim.Memory;")]
    [TestCase("Devices", "string text = \"DmaBufSim.Memory\";")]
    [TestCase("Devices", "int count = machine.Memory.Count;")]
    [TestCase("Hosting", "using DmaBufSim.Scenarios; using DmaBufSim.Abi;")]
    [TestCase("Memory", "namespace DmaBufSim.Memory;")]
    public void ADirectionIsKept(string room, string code) =>
        Assert.That(HouseRules.Direction([At(room, code)]), Is.Empty);

    [Test]
    public void TheTableHasOneDirection()
    {
        for (int low = 0; low < Rooms.All.Length; low++)
        {
            Assert.That(Rooms.MayUse(Rooms.All[low], Rooms.All[low]));
            Assert.That(Rooms.All.Skip(low + 1).Where(higher => Rooms.MayUse(Rooms.All[low], higher)), Is.Empty);
        }

        Assert.That(Rooms.MayUse("Heaps", "Devices") || Rooms.MayUse("Devices", "Heaps"), Is.False);
    }

    [TestCase("DateTime.Now")]
    [TestCase("DateTimeOffset . UtcNow")]
    [TestCase("Stopwatch.StartNew()")]
    [TestCase("Environment.TickCount64")]
    [TestCase("new Random(1)")]
    [TestCase("Guid.NewGuid()")]
    [TestCase("new Thread(Run)")]
    [TestCase("Task.Run(Go)")]
    [TestCase("Parallel.For(0, 1, Go)")]
    [TestCase("Console.WriteLine()")]
    [TestCase("GC.Collect()")]
    [TestCase("HashCode.Combine(1, 2)")]
    [TestCase("name.GetHashCode()")]
    public void ASymbolIsBanned(string code) =>
        Assert.That(HouseRules.BannedSymbols([At("Dma", $"var x = {code};")]), Is.Not.Empty);

    [TestCase("RandomStream stream = new(1);")]
    [TestCase("// Console.WriteLine()")]
    [TestCase("/* Random */ int x;")]
    [TestCase("string text = \"say \\\" Thread\";")]
    [TestCase("string text = \"\"\"\n  Stopwatch \"x\" Guid.NewGuid()\n  \"\"\";")]
    [TestCase("DateTime then = start; int threads = 1;")]
    public void ASymbolIsInnocent(string code) =>
        Assert.That(HouseRules.BannedSymbols([At("Dma", code)]), Is.Empty);

    [Test]
    public void CodeAfterACommentOrStringIsSeen() =>
        Assert.That(
            HouseRules.BannedSymbols([At("Dma", "// a\nvar x = '\"'; var y = \"b\"; /* c */ GC.Collect();")]),
            Has.Exactly(1).Items);

    [TestCase("Dma", "using Serilog;", 1)]
    [TestCase("Machines", "using Microsoft.Extensions.DependencyInjection;", 1)]
    [TestCase("Hosting", "using Serilog; using Microsoft.Extensions.Logging;", 0)]
    public void TheEdgeIsWatched(string room, string code, int found) =>
        Assert.That(HouseRules.EdgeOnly([At(room, code)]).Count(), Is.EqualTo(found));

    [TestCase("Simulator/Dma/A.cs", "namespace DmaBufSim.Dma;", 0)]
    [TestCase("Simulator/Dma/Iommu/A.cs", "namespace DmaBufSim.Dma.Iommu;", 0)]
    [TestCase("Simulator.Tests/Dma/A.cs", "namespace DmaBufSim.Tests.Dma;", 0)]
    [TestCase("Simulator/Dma/A.cs", "namespace DmaBufSim.Heaps;", 1)]
    [TestCase("Simulator/Dma/A.cs", "namespace DmaBufSim.Dma { }", 1)]
    [TestCase("Simulator.Tests/Dma/A.cs", "namespace DmaBufSim.Dma;", 1)]
    public void FoldersAreCompared(string path, string code, int found) =>
        Assert.That(HouseRules.FolderIsNamespace([new Source(path, code)]).Count(), Is.EqualTo(found));

    [TestCase(350, 120, 0, 0)]
    [TestCase(351, 120, 1, 0)]
    [TestCase(350, 121, 0, 1)]
    public void SizesAreCounted(int lines, int characters, int files, int longLines)
    {
        string text = new string('x', characters) + '\n' + string.Concat(Enumerable.Repeat("y\n", lines - 1));
        Assert.That(HouseRules.FileLengths([At("Dma", text)]).Count(), Is.EqualTo(files));
        Assert.That(HouseRules.LineLengths([At("Dma", text)]).Count(), Is.EqualTo(longLines));
    }

    [TestCase("#region things", 1)]
    [TestCase("  # region things", 1)]
    [TestCase("class BufferManager { }", 1)]
    [TestCase("record struct PageHelper(int X);", 1)]
    [TestCase("struct PageHelper { } enum BitUtils { }", 2)]
    [TestCase("class Utility { } class ManagerOfNothing { }", 0)]
    public void NamesAreRead(string code, int found) =>
        Assert.That(HouseRules.Names([At("Dma", code)]).Count(), Is.EqualTo(found));

    [TestCase("Dictionary<int, string> names = []; void F() { foreach (var x in names) { } }", 1)]
    [TestCase("HashSet<long> seen = []; void F() { foreach (long x in seen) { } }", 1)]
    [TestCase("var names = new Dictionary<int, int>(); foreach (int x in names.Values) { }", 1)]
    [TestCase("Dictionary<int, List<int>> names = []; int F() => names.Keys.First();", 1)]
    [TestCase("Dictionary<int, string> names = []; string F() => names[1];", 0)]
    [TestCase("SortedDictionary<int, int> names = []; void F() { foreach (var x in names) { } }", 0)]
    [TestCase("HashSet<int> seen = []; List<int> kept = []; void F() { foreach (int x in kept) { } }", 0)]
    public void HashOrderIsFound(string code, int found) =>
        Assert.That(HouseRules.HashOrder([At("Dma", code)]).Count(), Is.EqualTo(found));

    [Test]
    public void HashOrderIsFoundAcrossThePartsOfAClass() =>
        Assert.That(
            HouseRules.HashOrder(
            [
                new Source("Simulator/Dma/Table.cs", "Dictionary<int, int> names = [];"),
                new Source("Simulator/Dma/Table.Walk.cs", "void F() { foreach (var x in names) { } }"),
            ]),
            Is.Not.Empty);

    [TestCase("    private static int count;", 1)]
    [TestCase("    internal static List<int> seen = [];", 1)]
    [TestCase("    public static int Count { get; set; }", 1)]
    [TestCase("    private static readonly int[] Orders = [8, 4, 0];", 0)]
    [TestCase("    public static Result Ok => default;", 0)]
    [TestCase("    public static int Count { get; } = 3;", 0)]
    [TestCase("    public const int Size = 4096;", 0)]
    [TestCase("    private static int OrderOf(int x) => x;", 0)]
    [TestCase("using static System.Math;", 0)]
    public void StaticStateIsFound(string code, int found) =>
        Assert.That(HouseRules.StaticState([At("Dma", code)]).Count(), Is.EqualTo(found));

    [TestCase("# Dma\n\n## Models\n\n## Leaves out\n\n## Refuses\n\n## Differs from Linux\n", 0)]
    [TestCase("# Heaps\n\n## Models\n\n## Leaves out\n\n## Refuses\n\n## Differs from Linux\n", 1)]
    [TestCase("# Dma\n\n## Models\n\n## Refuses\n\n## Differs from Linux\n", 1)]
    [TestCase("# Dma\n\n## Leaves out\n\n## Models\n\n## Refuses\n\n## Differs from Linux\n", 1)]
    [TestCase("", 5)]
    [TestCase(null, 1)]
    public void PagesAreRead(string? text, int found) =>
        Assert.That(HouseRules.Page("Dma", text).Count(), Is.EqualTo(found));

    private static Source At(string room, string code) => new($"Simulator/{room}/Made.cs", code);
}
