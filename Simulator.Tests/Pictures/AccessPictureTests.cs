using System.Xml.Linq;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class AccessPictureTests
{
    // Regions with odd edges, a scattered buffer, a lost link, an ended use, a device that the IOMMU does not see.
    private const string Story = """
        machine memory=64MiB policy=per-usage
        area cma0 size=16MiB
        heap video type=protected on=cma0 peak=4MiB
          allow decoder write
          allow display read
          allow cpu write in=subtitles
          allow gpu rw in=logo
        heap list type=system
          allow cpu rw
          allow gpu read in=logo
        heap plain type=cma on=cma0
        device decoder
        device display link=protected
        device gpu
        f = alloc video 5000
        region f subtitles 100 5000
        region f logo 4097 3
        p = alloc plain 4096
        l = alloc list 8192
        region l logo 0 4097
        d = attach decoder f
        g = alloc video 4096
        m = mmap f 0 4096 w shared
        fill m 0 16 0xff
        link display clear
        teardown video
        close g
        """;

    private static readonly ScenarioRunner Runner = new(new MachineBuilder());

    [Test]
    public void TheMapIsThatOfEveryByte(
        [ValueSource(typeof(SecurePolicies), nameof(SecurePolicies.BuiltIn))] SecurePolicy policy, [Values("stage2", "iommu", "firewall", "none")] string guard)
    {
        int looked = 0;
        Scenario scenario = Read($"guard {guard}\n{Story}", policy.Name);
        Runner.Run(scenario, new RunOptions
        {
            Watch = (machine, played) =>
            {
                if (played?.Step.Verb.Name is not ("region" or "attach" or "link" or "teardown"))
                {
                    return;
                }

                AccessMap map = AccessMap.Of(machine);
                Assert.That(map.Heaps.Select(heap => heap.Name), Is.EqualTo((string[])["video", "list"]));
                foreach (HeapAccess heap in map.Heaps)
                {
                    Assert.That(Told(map, heap), Is.EqualTo(ByteByByte(machine, heap.Name)));
                    looked += heap.Bytes > 0 ? 1 : 0;
                }
            },
        });
        Assert.That(looked, Is.GreaterThan(8));
    }

    // What each policy makes of the founding example, told by hand from the table of policies in the manual.
    [TestCase("ion", "", "leak")]
    [TestCase("attach", "d = attach decoder f secure", "denied")]
    [TestCase("per-usage", "f = alloc video 3110400;region f subtitles 1863680 212992", "denied")]
    [TestCase("generic", "f = alloc video 3110400", "EFAULT")]
    [TestCase("carveout", "the machine is switched on", "EFAULT")]
    [TestCase("tee", "f = alloc video 3110400", "EFAULT")]
    public void HardwareIsProgrammedWhenThePolicySaysSo(string policy, string programmed, string beside)
    {
        AccessStory story = Founding(policy);
        Assert.That(story.Policy, Is.EqualTo(policy));
        Assert.That(
            string.Join(';', story.Moments.Where(moment => moment.Changes > 0)
                .Select(moment => moment.Step ?? "the machine is switched on")),
            Is.EqualTo(programmed));

        // The CPU writes beside the region that it may write.
        string[] row = Row(AccessPicture.Draw(story), "fill m 0 16 0xff");
        Assert.That(row[1], Is.EqualTo(beside));
    }

    [Test]
    public void TheAnswersAddUpToTheFiguresOfCompare()
    {
        foreach (SecurePolicy policy in SecurePolicies.BuiltIn)
        {
            AccessStory story = Founding(policy.Name);
            TrialKind kind = TrialKind.OfProtection(SecurePolicies.BuiltIn);
            double?[] figures = [.. Trial.Play(Runner, FoundingScenario(), kind, policy.Name, 1).Figures];
            Assert.That(Counted(StepAnswer.Denied), Is.EqualTo(Figure("denied")), policy.Name);
            Assert.That(Counted(StepAnswer.Barred), Is.EqualTo(Figure("barred")), policy.Name);
            Assert.That(Counted(StepAnswer.Leaked), Is.EqualTo(Figure("leaks")), policy.Name);
            Assert.That(story.Moments.Sum(moment => moment.Changes), Is.EqualTo(Figure("changes")), policy.Name);

            int Counted(StepAnswer answer) => story.Moments.Count(moment => moment.Answer == answer);

            double? Figure(string name) =>
                figures[kind.Metrics.IndexOf(kind.Metrics.First(metric => metric.Name == name))];
        }
    }

    [Test]
    public void ACellHasABandForEachState()
    {
        Drawing drawing = AccessPicture.Draw(Founding("attach"), "story.heap");
        Drawings.TextIsReadable(drawing);
        XElement svg = Drawings.FilesAreSound(() => AccessPicture.Draw(Founding("attach"), "story.heap"));

        // Fourteen steps with a buffer, five masters, two rights; the CPU's writes have two bands from the region on.
        string[] colours = [.. Drawings.Rects(svg, "cells").Select(rect => rect.Attribute("fill")!.Value)];
        Assert.That(colours, Has.Length.EqualTo((14 * 5 * 2) + 13));

        // Until the decoder attaches, eight of ten rights are open that no rule gives.
        Assert.That(colours.Count(colour => colour == "#d55e00"), Is.EqualTo(8 + 8));
        Assert.That(colours.Count(colour => colour == "#0072b2"), Is.EqualTo((14 * 2) + 13));
        Assert.That(colours.Count(colour => colour == "#f0e442"), Is.Zero);
    }

    [Test]
    public void SeveralHeapsStandBesideEachOther()
    {
        Drawing drawing = AccessPicture.Draw(AccessStory.Play(Runner, Read(Story, "per-usage")));
        Drawings.TextIsReadable(drawing);
        Assert.That(Drawings.Texts(drawing).Count(text => text == "gpu"), Is.EqualTo(2));
        Assert.That(Drawings.Texts(drawing)[0], Is.EqualTo("policy=per-usage: who can touch the bytes of video, list"));
    }

    [Test]
    public void WhatCannotBeDrawnIsRefused()
    {
        AccessStory none = AccessStory.Play(Runner, Read("heap system\nb = alloc system 1", "ion"));
        Assert.That(() => AccessPicture.Draw(none), Throws.ArgumentException.With.Message.StartsWith("no heap has"));
        AccessStory story = Founding("ion");
        AccessStory longer = story with { Moments = [.. Enumerable.Repeat(story.Moments[0], 402)] };
        Assert.That(
            () => AccessPicture.Draw(longer),
            Throws.ArgumentException.With.Message.EqualTo(
                "a picture has room for 400 steps and 40 masters of heaps with rules; here are 401 and 5"));
    }

    private static AccessStory Founding(string policy)
    {
        Scenario scenario = FoundingScenario();
        return AccessStory.Play(Runner, scenario with { Machine = scenario.Machine with { Policy = policy } });
    }

    private static Scenario FoundingScenario() =>
        ScenarioParser.ParseFile(Path.Combine(House.Source.Root, "scenarios", "secure", "founding-example.heap")).Scenario!;

    private static Scenario Read(string text, string policy)
    {
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", text);
        Assert.That(parsed.Scenario, Is.Not.Null, parsed.Report());
        return parsed.Scenario! with { Machine = parsed.Scenario.Machine with { Policy = policy } };
    }

    private static string[] Row(Drawing drawing, string step)
    {
        TextMark[] texts = [.. drawing.Marks.OfType<TextMark>()];
        int y = texts.First(text => text.Text == step).Y;
        return [.. texts.Where(text => text.Y == y).OrderBy(text => text.X).Select(text => text.Text)];
    }

    private static string Told(AccessMap map, HeapAccess heap) => string.Join('\n',
        from master in Enumerable.Range(0, map.Masters.Length)
        from right in HeapAccess.Rights
        select Line(map.Masters[master], right, state => heap.BytesIn(master, right, state)));

    private static string ByteByByte(Machine machine, string heap)
    {
        Trace quiet = new();
        return string.Join('\n',
            from master in machine.Firewall.Masters
            from right in HeapAccess.Rights
            let states = Bytes(machine, heap).Select(at => StateOf(machine, master, right, at, quiet)).ToArray()
            select Line(master.Name, right, state => states.LongCount(one => one == state)));
    }

    private static string Line(string master, AccessRights right, Func<AccessState, long> bytes) =>
        $"{master} {right}: {string.Join(' ', Enum.GetValues<AccessState>().Select(state => $"{state}={bytes(state)}"))}";

    private static AccessState StateOf(
        Machine machine, Master master, AccessRights right, (Protection Rules, long Offset, long Address) at, Trace quiet)
    {
        int frame = (int)(at.Address / PhysicalMemory.PageSize);
        int offset = (int)(at.Address % PhysicalMemory.PageSize);
        bool may = at.Rules.Declares(master, right, at.Offset, 1, quiet);
        bool can = machine.Firewall.Probe(master, right, frame, offset, 1).IsOk;
        return may ? (can ? AccessState.Allowed : AccessState.Barred) : can ? AccessState.Exposed : AccessState.Denied;
    }

    private static IEnumerable<(Protection Rules, long Offset, long Address)> Bytes(Machine machine, string heap)
    {
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is HeapBuffer storage && storage.Heap.Name == heap)
            {
                long[] pages = [.. storage.Table.Runs.ToArray().SelectMany(run => Enumerable.Range(run.First, run.Count))
                    .Select(frame => (long)frame * PhysicalMemory.PageSize)];
                for (int i = 0; i < pages.Length * PhysicalMemory.PageSize; i++)
                {
                    long address = pages[i / PhysicalMemory.PageSize] + (i % PhysicalMemory.PageSize);
                    yield return (storage.Protection!, i, address);
                }
            }
        }
    }
}
