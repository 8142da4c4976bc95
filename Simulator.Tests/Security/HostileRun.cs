using System.Collections.Immutable;
using DmaBufSim.Checking;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Security;

/// <summary>A hostile program on a machine, watched by the law of secrets.</summary>
internal sealed class HostileRun
{
    private const string Law = "always secrets stay with who may read them";

    private readonly MachineDescription description;
    private readonly SecretsStay law = new();
    private readonly ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();

    public HostileRun(MachineBuilder builder, MachineDescription description)
    {
        this.description = description;
        Player = new StepPlayer(builder.Build(description));
        law.Begin(Machine);
        Machine.Trace.Sink = new LawSink(Machine, law);
    }

    public StepPlayer Player { get; }

    public Machine Machine => Player.Machine;

    /// <summary>The path of the first byte that went where it must not go, or null.</summary>
    public string? Violation => law.Violation;

    /// <summary>The program so far.</summary>
    public Scenario Scenario => new()
    {
        File = "hostile.heap",
        Machine = description,
        Steps = steps.ToImmutable(),
        Verdicts = [new AlwaysVerdict(0, Law)],
    };

    /// <summary>How many steps were played.</summary>
    public int Length => steps.Count;

    /// <summary>Plays a program until a byte has gone where it must not go.</summary>
    /// <returns>How many steps succeeded.</returns>
    public int PlayHostile(ulong seed, int most)
    {
        HostileProgram program = new(seed);
        int ok = 0;
        while (Length < most && Violation is null && !Player.HasCrashed)
        {
            ok += Play(Parse(program.Next(Player))).IsOk ? 1 : 0;
        }

        return ok;
    }

    /// <summary>A step of a line.</summary>
    public Step Parse(string line) => ScenarioParser.ParseStep(line, description) switch
    {
        { Step: { } step } => step,
        var wrong => throw new ArgumentException($"{line}: {wrong.Diagnostics[0]}", nameof(line)),
    };

    /// <summary>Plays a step.</summary>
    public Outcome Play(Step step)
    {
        steps.Add(step);
        law.Enter(new StoryPlace(0, steps.Count, step));
        return Player.Play(step);
    }

    private sealed class LawSink(Machine machine, MachineLaw law) : TraceSink
    {
        public override void Write(in TraceRecord record) => law.Observe(machine, record);
    }
}
