using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Hosting;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using DmaBufSim.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>A policy and hardware of a designer's own.</summary>
[TestFixture]
public sealed class OwnPolicyTests
{
    private const string Story = """
        machine memory=64MiB policy=patient
        guard one-range
        area a size=4MiB
        heap video type=protected on=a
          allow decoder write
          allow display read
        device decoder
        device display
        f = alloc video 4096 -> ok
        s = attach display f -> ok
        d = attach decoder f -> ok
        map d from_device -> ok
        write d 0 4096 -> ok
        map s to_device -> ok
        read s 0 16 -> ok first=a5
        g = alloc video 4096 -> ok
        e = attach decoder g -> ok
        map e from_device -> EINVAL reason=guard-is-full

        """;

    [Test]
    public void BothAreWordsOfAScenario()
    {
        ServiceCollection services = new();
        services.AddDmaBufSim().AddSecurePolicy(new PatientPolicy())
            .AddGuard(new GuardType("one-range", "a single range", given => new OneRange(given)));
        using ServiceProvider provider = services.BuildServiceProvider();
        ScenarioRunner runner = provider.GetRequiredService<ScenarioRunner>();
        ParsedScenario parsed = ScenarioParser.Parse("own", Story, runner.Vocabulary);
        Assert.That(parsed.Report(), Is.Empty);
        RunResult result = runner.Run(parsed.Scenario!);
        Assert.That(result.Wrong.Select(step => step.Difference), Is.Empty);
        Assert.That(result.Counters.Denials(ProtectionStep.Map), Is.EqualTo(1));
    }

    [Test]
    public void APlugInBringsThem()
    {
        using ServiceProvider provider = new ServiceCollection().AddDmaBufSim()
            .AddHeapPlugin(typeof(OwnPolicyTests).Assembly.Location).BuildServiceProvider();
        ScenarioRunner runner = provider.GetRequiredService<ScenarioRunner>();
        RunResult result = runner.Run(ScenarioParser.Parse("own", Story, runner.Vocabulary).Scenario!);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
        Assert.That((result.Counters.Changes, result.Counters.Nanoseconds), Is.EqualTo((1L, 7L)));
    }

    [Test]
    public void WithoutThemTheWordsAreUnknown() =>
        Assert.That(
            ScenarioParser.Parse("own", Story).Report(),
            Does.Contain("unknown policy 'patient'").And.Contain("unknown guard 'one-range'"));

    [Test]
    public void AWordThatIsTakenIsRefused()
    {
        IServiceCollection services = new ServiceCollection().AddDmaBufSim();
        Assert.That(() => services.AddSecurePolicy(new IonPolicy()), Throws.ArgumentException);
        Assert.That(() => services.AddGuard(GuardType.BuiltIn[0]), Throws.ArgumentException);
        ImmutableArray<SecurePolicy> twice = [new IonPolicy(), new IonPolicy()];
        Assert.That(() => new MachineBuilder(HeapType.BuiltIn, twice), Throws.ArgumentException);
        Assert.That(() => (Box.Empty with { Policy = "nobody's" }).Build(), Throws.ArgumentException);
        Assert.That(
            () => (Box.Empty with { Guard = new GuardSettings("nobody's") }).Build(), Throws.ArgumentException);
        Assert.That(
            () => Box.Empty.Device(new DeviceDescription("ta", "gpu")).Build(), Throws.ArgumentException);
    }

    /// <summary>Lets readers attach before there is a writer.</summary>
    public sealed class PatientPolicy : PerUsagePolicy
    {
        public override string Name => "patient";

        protected internal override Result Made(HeapBuffer buffer, ulong flags) => Result.Ok;

        protected internal override Result Map(HeapBuffer buffer, DmaBufAttachment attachment, DmaDirection direction)
        {
            Result allowed = base.Map(buffer, attachment, direction);
            return allowed.IsOk && !Protects(buffer) ? buffer.Program(buffer.Rules) : allowed;
        }
    }

    /// <summary>Hardware with a single range.</summary>
    [GuardType("one-range")]
    public sealed class OneRange(GuardSettings settings) : Guard
    {
        protected internal override Result<long> Program(Firewall firewall, int pages) =>
            firewall.Count <= 1 ? settings.Latency ?? 7 : firewall.Trace.Refuse(Errno.ENOSPC, Reason.GuardIsFull);
    }
}
