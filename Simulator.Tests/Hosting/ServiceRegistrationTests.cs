using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Hosting;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace DmaBufSim.Tests.Hosting;

/// <summary>What the container gives, and what it refuses.</summary>
[TestFixture]
public sealed class ServiceRegistrationTests
{
    private const string Story = "heap mine type=TYPE\nb = alloc mine 8KiB\nc = alloc mine 8KiB\nclose b\n";

    [Test]
    public void TheContainerHasARunnerThatKnowsTheBuiltInHeaps()
    {
        using ServiceProvider provider = new ServiceCollection().AddDmaBufSim().BuildServiceProvider();
        Assert.That(provider.GetRequiredService<ScenarioRunner>().Vocabulary.HeapTypes,
            Is.EqualTo(Vocabulary.BuiltIn.HeapTypes));
        Assert.That(provider.GetRequiredService<MachineBuilder>(),
            Is.SameAs(provider.GetRequiredService<MachineBuilder>()));
    }

    [Test]
    public void AHeapOfOnesOwnIsOneMore()
    {
        ScenarioRunner runner = Runner<SoundHeap>();
        Assert.That(runner.Vocabulary.HeapTypes, Is.EqualTo(Vocabulary.BuiltIn.HeapTypes.Add("sound")));
        Assert.That(Run(runner, "sound").End, Is.EqualTo(RunEnd.Passed));
    }

    [Test]
    public void AHeapMayNeedWhatTheContainerHas()
    {
        ServiceCollection services = [];
        services.AddDmaBufSim().AddDmaHeap<NeedsWhatNobodyHas>();
        services.AddSingleton<IFormatProvider>(System.Globalization.CultureInfo.InvariantCulture);
        using ServiceProvider provider = services.BuildServiceProvider();
        RunResult result = Run(provider.GetRequiredService<ScenarioRunner>(), "needs-what-nobody-has");
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
    }

    [Test]
    public void AClassThatCannotBeUsedIsRefused()
    {
        ServiceCollection services = [];
        services.AddDmaBufSim();
        Assert.That(() => services.AddDmaHeap<Nameless>(), Throws.ArgumentException
            .With.Message.EqualTo("the class Nameless has no attribute [HeapType(\"word\")]"));
        Assert.That(() => services.AddDmaHeap<Hidden>(), Throws.ArgumentException
            .With.Message.EqualTo("the class Hidden has no public constructor that takes a HeapContext"));
        Assert.That(() => services.AddDmaHeap<SecondSystem>(), Throws.ArgumentException.With.Message.EqualTo(
            "the class SecondSystem calls itself 'system', which is a heap type already; choose another word"));
        services.AddDmaHeap<SoundHeap>();
        Assert.That(() => services.AddDmaHeap<SoundHeap>(), Throws.ArgumentException.With.Message.EqualTo(
            "the class SoundHeap calls itself 'sound', which is a heap type already; choose another word"));
    }

    [Test]
    public void TwoHeapsOfOneWordAreRefusedInEveryOrder()
    {
        ServiceCollection services = [];
        services.AddDmaHeap<SecondSystem>().AddDmaBufSim();
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.That(() => provider.GetRequiredService<ScenarioRunner>(), Throws.ArgumentException
            .With.Message.EqualTo("two kinds of heaps are called 'system'"));
    }

    [TestCase(typeof(ThrowsWhenMade), "story: the heap 'mine' cannot be made: no luck today")]
    [TestCase(typeof(NeedsWhatNobodyHas), "story: the heap 'mine' cannot be made: Unable to resolve service for type "
        + "'System.IFormatProvider' while attempting to activate 'DmaBufSim.Tests.Hosting.NeedsWhatNobodyHas'.")]
    [TestCase(typeof(ThrowsOnAllocate), "story:2: b = alloc mine 8KiB: first second")]
    [TestCase(typeof(ThrowsOnFree), "story:4: close b: cannot free")]
    [TestCase(typeof(GivesNothing),
        "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesNothing) answered with success and without a table")]
    [TestCase(typeof(GivesOnePage),
        "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesOnePage) was asked for 2 pages and gave 1")]
    [TestCase(typeof(GivesAnEmptyRun), "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesAnEmptyRun) "
        + "gave 0 frames from 3 on; the machine has frames 0 to 65535")]
    [TestCase(typeof(GivesBeyondMemory), "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesBeyondMemory) "
        + "gave 2 frames from 65535 on; the machine has frames 0 to 65535")]
    [TestCase(typeof(GivesFreeFrames), "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesFreeFrames) "
        + "gave frame 10, which the page allocator has not handed out")]
    [TestCase(typeof(GivesTheSameAgain),
        "story:3: c = alloc mine 8KiB: the heap 'mine' (GivesTheSameAgain) gave frame N twice")]
    [TestCase(typeof(GivesAFrameTwice),
        "story:2: b = alloc mine 8KiB: the heap 'mine' (GivesAFrameTwice) gave frame N twice")]
    [TestCase(typeof(AnswersWithNoErrno),
        "story:2: b = alloc mine 8KiB: the heap 'mine' (AnswersWithNoErrno) answered with 200, which is no errno")]
    public void AHeapThatBreaksTheRulesStopsTheRun(Type heap, string expected)
    {
        ServiceCollection services = [];
        services.AddDmaBufSim().AddDmaHeap(heap);
        using ServiceProvider provider = services.BuildServiceProvider();
        ScenarioRunner runner = provider.GetRequiredService<ScenarioRunner>();
        string word = heap.GetCustomAttributes(typeof(HeapTypeAttribute), false).Cast<HeapTypeAttribute>().Single().Name;
        StepFaultException? fault = Assert.Throws<StepFaultException>(() => Run(runner, word));
        string told = System.Text.RegularExpressions.Regex.Replace(fault!.Message, @"frame \d+ twice", "frame N twice");
        Assert.That(told, Is.EqualTo(expected));
    }

    [Test]
    public void AHeapThatRefusesItsSettingsIsAMistakeOfTheDescription() =>
        Assert.That(() => Run(Runner<RefusesWhenMade>(), "refuses-when-made"), Throws.ArgumentException
            .With.Message.EqualTo("story: heap 'mine': size= is missing"));

    [Test]
    public void FramesThatCameBackMayBeGivenAgain()
    {
        string text = "heap mine type=sound\n" + string.Concat(Enumerable.Repeat("b = alloc mine 64KiB\nclose b\n", 50));
        ScenarioRunner runner = Runner<ReusesItsBlock>();
        Scenario scenario = ScenarioParser.Parse(
            "story", text.Replace("sound", "reuses", StringComparison.Ordinal), runner.Vocabulary).Scenario!;
        Assert.That(runner.Run(scenario).End, Is.EqualTo(RunEnd.Passed));
    }

    private static ScenarioRunner Runner<THeap>()
        where THeap : DmaHeap =>
        new ServiceCollection().AddDmaBufSim().AddDmaHeap<THeap>().BuildServiceProvider()
            .GetRequiredService<ScenarioRunner>();

    private static RunResult Run(ScenarioRunner runner, string type)
    {
        string text = Story.Replace("TYPE", type, StringComparison.Ordinal);
        return runner.Run(ScenarioParser.Parse("story", text, runner.Vocabulary).Scenario!);
    }

    internal sealed class Nameless(HeapContext context) : FaultyHeap(context);

    [HeapType("hidden")]
    internal sealed class Hidden : FaultyHeap
    {
        private Hidden(HeapContext context)
            : base(context)
        {
        }
    }

    [HeapType("system")]
    internal sealed class SecondSystem(HeapContext context) : FaultyHeap(context);

    [HeapType("reuses")]
    internal sealed class ReusesItsBlock(HeapContext context) : FaultyHeap(context)
    {
        private Result<SgTable> block;

        protected internal override Result<SgTable> AllocatePages(int pages) =>
            block = block.Value is null ? base.AllocatePages(pages) : block;
    }
}
