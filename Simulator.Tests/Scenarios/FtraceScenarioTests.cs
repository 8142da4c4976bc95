using System.Text.RegularExpressions;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>A story that is traced.</summary>
[TestFixture]
public sealed class FtraceScenarioTests
{
    private const string Story = """
        machine memory=64MiB kernel=6.12 ftrace=yes base=1GiB
        area cma0 size=16MiB
        heap cma on=cma0
        given movable w 0+300
        p = pin w 100
        b = alloc cma 1MiB
        d = alloc cma 16MiB -> ENOMEM
        e = alloc cma 32MiB -> ENOMEM
        fork p1
        p1: f = alloc cma 12KiB
        close b
        p1: close f
        p1: close b
        """;

    // A window with a pinned page is emptied and busy; the next one has 44 pages to move; oversize has no finish.
    [Test]
    public void TheTraceOfAPinnedPage() => Assert.That(Trace(Story), Is.EqualTo(new[]
    {
        "1 0.000003: cma_alloc_start: name=cma0 count=256 align=8",
        "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 32",
        "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 32",
        "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 31",
        "1 0.000003: test_pages_isolated: start_pfn=0x43000 end_pfn=0x43100 fin_pfn=0x43064 ret=fail",
        "1 0.000003: cma_alloc_busy_retry: name=cma0 pfn=0x43000 count=256 align=8",
        "1 0.000003: mm_migrate_pages: 32", "1 0.000003: mm_migrate_pages: 12",
        "1 0.000003: test_pages_isolated: start_pfn=0x43100 end_pfn=0x43200 fin_pfn=0x43200 ret=success",
        "1 0.000003: cma_alloc_finish: name=cma0 pfn=0x43100 count=256 align=8 errorno=0",
        "1 0.000004: cma_alloc_start: name=cma0 count=4096 align=8",
        "1 0.000004: cma_alloc_finish: name=cma0 pfn=0xffffffffffffffff count=4096 align=8 errorno=-12",
        "1 0.000005: cma_alloc_start: name=cma0 count=8192 align=8",
        "2 0.000007: cma_alloc_start: name=cma0 count=3 align=2",
        "2 0.000007: mm_migrate_pages: 0",

        // The free block that begins with the window goes on to the pinned page: 32 pages, then 4.
        "2 0.000007: test_pages_isolated: start_pfn=0x43000 end_pfn=0x43003 fin_pfn=0x43040 ret=success",
        "2 0.000007: cma_alloc_finish: name=cma0 pfn=0x43000 count=3 align=2 errorno=0",
        "2 0.000009: cma_release: name=cma0 pfn=0x43000 count=3",
        "2 0.000010: cma_release: name=cma0 pfn=0x43100 count=256",
    }));

    [Test]
    public void MemoryThatHasNoRoomEndsTheSearch()
    {
        const string Full = """
            machine memory=64MiB ftrace=yes
            area cma0 size=48MiB
            heap cma on=cma0
            heap system
            given movable w 0+12288
            s = alloc system 16MiB
            b = alloc cma 1MiB -> ENOMEM reason=no-room-to-migrate
            """;
        Assert.That(Trace(Full)[1..], Is.EqualTo(new[]
        {
            "1 0.000003: mm_migrate_pages: 0",
            "1 0.000003: cma_alloc_finish: name=cma0 pfn=0x1000 count=256 align=8 errorno=-12",
        }));
    }

    private static string[] Trace(string story)
    {
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", story);
        Assert.That(parsed.Diagnostics, Is.Empty);
        StepPlayer player = new(new MachineBuilder().Build(parsed.Scenario!.Machine));
        foreach (Step step in parsed.Scenario.Steps)
        {
            string? difference = (step.Expected ?? Expectation.Success).Matches(player.Play(step), exact: false);
            Assert.That(difference, Is.Null, $"line {step.Line}");
        }

        List<string> lines = PseudoFiles.Read(player.Machine, player.Machine.First, "/sys/kernel/tracing/trace").Value;
        return [.. lines.Where(line => !line.StartsWith('#')).Select(Short)];
    }

    private static string Short(string line)
    {
        line = Regex.Replace(line, "^ *runner-([0-9]+) +\\[000\\] \\.{5} +", "$1 ");
        line = Regex.Replace(line, " page=[0-9a-f]{16}", "");
        return Regex.Replace(line, "nr_succeeded=([0-9]+) .*contig_range$", "$1");
    }
}
