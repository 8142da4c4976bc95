using System.Collections.Immutable;
using DmaBufSim.Checking;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Tracing;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>One run of one scenario on one machine.</summary>
internal sealed class ScenarioRun
{
    private readonly Scenario scenario;
    private readonly Machine machine;
    private readonly RunOptions options;
    private readonly StepPlayer player;
    private readonly MachineLaw[] laws;
    private readonly int[] seenAt;
    private readonly RunSink? sink;
    private readonly ImmutableArray<PlayedStep>.Builder wrong = ImmutableArray.CreateBuilder<PlayedStep>();

    public ScenarioRun(Scenario scenario, Machine machine, Vocabulary vocabulary, RunOptions options)
    {
        this.scenario = scenario;
        this.machine = machine;
        this.options = options;
        player = new StepPlayer(machine, vocabulary)
        {
            Sampler = options.Sampler,
            Look = options.Look,
            LookInterval = options.LookInterval,
        };
        laws = [.. scenario.Verdicts.Select(verdict => verdict.MakeLaw())];
        seenAt = new int[laws.Length];
        if (laws.Length > 0 || options.KeepsChanges || options.Sink is not null)
        {
            sink = new RunSink(machine, laws, options);
            machine.Trace.Sink = sink;
        }

        foreach (MachineLaw law in laws)
        {
            law.Begin(machine);
        }
    }

    public RunResult ToEnd()
    {
        int played = 0;
        options.Watch?.Invoke(machine, null);
        while (played < scenario.Steps.Length && !player.HasCrashed)
        {
            Play(scenario.Steps[played], played + 1);
            played++;
        }

        options.Ended?.Invoke(machine, player.Tenancy);
        if (!player.HasCrashed)
        {
            Guarded(null, () =>
            {
                player.EndBackground();
                return true;
            });
            Judge(null, static (law, machine) => law.CheckAtEnd(machine));
        }

        ImmutableArray<JudgedVerdict> verdicts =
            [.. scenario.Verdicts.Select((verdict, i) => new JudgedVerdict(verdict, laws[i].Violation, seenAt[i]))];
        return new RunResult(
            scenario, EndOf(played, verdicts), played, wrong.DrainToImmutable(), verdicts, [.. machine.Trace.Warnings])
        {
            Counters = machine.Firewall.Counters,
        };
    }

    private void Play(Step step, int number)
    {
        foreach (MachineLaw law in laws)
        {
            law.Enter(new StoryPlace(step.Line, number, step));
        }

        bool isBackground = step.Verb.IsBackground;
        sink?.IsMuted = isBackground;
        RequestWatch? watch = isBackground && options.KeepsChanges ? BackgroundActions.NewWatch(machine) : null;
        player.Watch = watch;
        Outcome outcome = Guarded(step, () => player.Play(step));
        bool exact = options.Exact && step.Expected is not null;
        string? difference = (step.Expected ?? Expectation.Success).Matches(outcome, exact);
        if (!player.HasCrashed)
        {
            Judge(step, static (law, machine) => law.Check(machine));
        }

        if (difference is null && options.Played is null && options.Watch is null)
        {
            return;
        }

        PlayedStep played = new(step, outcome, difference, sink?.TakeChanges() ?? [])
        {
            Notes = !options.KeepsChanges || player.HasCrashed ? []
                : watch is not null ? BackgroundActions.Explain(watch)
                : Guarded(step, () => AreaActions.Explain(machine, step, outcome)),
        };
        if (difference is not null)
        {
            wrong.Add(played);
        }

        options.Played?.Invoke(played);
        options.Watch?.Invoke(machine, played);
    }

    // Code of a plug-in may throw anything, wherever it is called.
    private T Guarded<T>(Step? step, Func<T> play)
    {
        try
        {
            return play();
        }
        catch (Exception fault)
        {
            throw new StepFaultException(scenario, step, fault);
        }
    }

    private void Judge(Step? step, Action<MachineLaw, Machine> look)
    {
        for (int i = 0; i < laws.Length; i++)
        {
            if (laws[i].Violation is null)
            {
                Look(laws[i], step, look);
            }

            if (laws[i].Violation is not null && seenAt[i] == 0)
            {
                seenAt[i] = step?.Line ?? 0;
            }
        }
    }

    private void Look(MachineLaw law, Step? step, Action<MachineLaw, Machine> look)
    {
        try
        {
            look(law, machine);
        }
        catch (Exception fault)
        {
            throw new StepFaultException(scenario, step, fault);
        }
    }

    private RunEnd EndOf(int played, ImmutableArray<JudgedVerdict> verdicts)
    {
        bool isExpected = wrong.Count == 0 || !wrong[^1].Outcome.IsCrash;
        if (player.HasCrashed && !(isExpected && played == scenario.Steps.Length))
        {
            return RunEnd.Crashed;
        }

        bool holds = verdicts.All(verdict => verdict.Violation is null);
        return wrong.Count == 0 && holds ? RunEnd.Passed : RunEnd.Failed;
    }

    private sealed class RunSink(Machine machine, MachineLaw[] laws, RunOptions options) : TraceSink
    {
        private readonly ImmutableArray<TraceRecord>.Builder changes = ImmutableArray.CreateBuilder<TraceRecord>();

        public bool IsMuted { get; set; }

        public override void Write(in TraceRecord record)
        {
            foreach (MachineLaw law in laws)
            {
                law.Observe(machine, record);
            }

            if (options.KeepsChanges && !IsMuted)
            {
                changes.Add(record);
            }

            options.Sink?.Write(record);
        }

        public ImmutableArray<TraceRecord> TakeChanges() => changes.DrainToImmutable();
    }
}
