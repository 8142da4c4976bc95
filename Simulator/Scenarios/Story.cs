using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>A story that a program makes up while it is played: the verbs of scenarios as methods.</summary>
/// <remarks>
/// <para>Each method plays one step at once and keeps it, so that the story can be written as a scenario file when
/// something in it goes wrong. Names are those of the scenario language.</para>
/// <para><b>Cost:</b> that of the call, and the step.</para>
/// </remarks>
public sealed partial class Story
{
    private readonly MachineDescription description;
    private readonly StepPlayer player;
    private readonly Vocabulary? vocabulary;
    private readonly ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();

    /// <summary>Switches a machine on for a story.</summary>
    /// <param name="description">The machine.</param>
    /// <param name="builder">Builds it; null for one that knows the built-in heaps.</param>
    /// <param name="vocabulary">The kinds of tenants that it may have; null for the built-in ones.</param>
    public Story(MachineDescription description, MachineBuilder? builder = null, Vocabulary? vocabulary = null)
    {
        this.description = description;
        this.vocabulary = vocabulary;
        player = new StepPlayer((builder ?? new MachineBuilder()).Build(description), vocabulary);
    }

    /// <summary>The machine.</summary>
    public Machine Machine => player.Machine;

    /// <summary>The tenants of the machine.</summary>
    public Workload Workload => player.Workload;

    internal AreaTenants GivenMappings => player.Tenants;

    /// <summary>What the last step came to.</summary>
    public Outcome Last { get; private set; } = Outcome.Ok;

    /// <summary>The process that plays the following steps; null for the first one.</summary>
    public string? Process { get; set; }

    /// <summary>How many steps were played.</summary>
    public int Length => steps.Count;

    /// <summary>Plays any step.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="binds">The name that a success gives to what it made, or null.</param>
    /// <param name="arguments">One for each parameter of the verb.</param>
    public Outcome Play(string verb, string? binds, params ReadOnlySpan<Argument> arguments)
    {
        Verb found = VerbTable.Find(verb) ?? throw new ArgumentException($"there is no verb '{verb}'", nameof(verb));
        Argument[] all = new Argument[found.Parameters.Length];
        arguments.CopyTo(all);
        Step step = new(0, Process, binds, found, [.. all], null);
        Last = player.Play(step);
        steps.Add(step.Expecting(new Expectation(Last.Name, Last.Words, Last.Lines)));
        return Last;
    }

    /// <summary>The story so far as a scenario that expects what came out.</summary>
    public Scenario ToScenario(string file = "story") =>
        new() { File = file, Machine = description, Steps = steps.ToImmutable() };

    /// <summary>The story so far as a scenario file.</summary>
    public override string ToString() => ScenarioWriter.Write(ToScenario(), vocabulary);

    private static Argument Word(string word) => new(word);

    private static Argument Number(long value) => Argument.Of(ParameterKind.Number, value);

    private static Argument Flags(ParameterKind kind, long value) => Argument.Of(kind, value);
}
