using DmaBufSim.Hosting;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>A policy of one's own, as a designer writes it.</summary>
[CmaPolicy("worst-fit")]
public sealed class WorstFit : CmaPolicy
{
    /// <inheritdoc/>
    public override Comparison<FrameRun>? RunOrder => (one, other) => other.Count.CompareTo(one.Count);
}

[TestFixture]
public sealed class OwnCmaPolicyTests
{
    [Test]
    public void APolicyOfAPlugInIsAWordOfTheLanguage()
    {
        using ServiceProvider provider = new ServiceCollection()
            .AddDmaBufSim().AddHeapPlugin(typeof(WorstFit).Assembly.Location).BuildServiceProvider();
        ScenarioRunner runner = provider.GetRequiredService<ScenarioRunner>();
        const string Story = """
            area cma0 size=8MiB policy=worst-fit
            heap cma on=cma0
            device probe0
            a = alloc cma 1MiB
            b = alloc cma 1MiB
            close a
            c = alloc cma 1MiB
            d = attach probe0 c
            map d to_device -> ok area_page=512
            """;
        ParsedScenario parsed = ScenarioParser.Parse("own", Story, runner.Vocabulary);
        Assert.That(parsed.Report(), Is.Empty);
        Assert.That(runner.Run(parsed.Scenario!).End, Is.EqualTo(RunEnd.Passed));
        Assert.That(ScenarioParser.Parse("own", Story).Report(), Does.Contain("unknown policy 'worst-fit'"));
    }

    [Test]
    public void AWordIsTakenOnce()
    {
        IServiceCollection services = new ServiceCollection().AddDmaBufSim();
        Assert.That(
            () => services.AddCmaPolicy(new CmaPolicyType("gcma", "another", () => new WorstFit())),
            Throws.ArgumentException.With.Message.EqualTo("'gcma' is a policy of areas already; choose another word"));
    }
}
