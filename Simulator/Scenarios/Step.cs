using System.Collections.Immutable;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios;

/// <summary>One line of a story: who does what, and what must come out.</summary>
/// <param name="line">The line in its file, from 1; 0 for a step that was not read from one.</param>
/// <param name="process">Who plays it, or null for the first process.</param>
/// <param name="binds">The name that a success gives to what it made, or null.</param>
/// <param name="verb">What is done.</param>
/// <param name="arguments">One for each parameter of the verb, in their order; an optional one may be absent.</param>
/// <param name="expected">What must come out, or null where it is enough that the step succeeds.</param>
public sealed class Step(
    int line, string? process, string? binds, Verb verb, ImmutableArray<Argument> arguments, Expectation? expected)
{
    /// <summary>The line in its file, from 1; 0 for a step that was not read from one.</summary>
    public int Line { get; } = line;

    /// <summary>Who plays it, or null for the first process.</summary>
    public string? Process { get; } = process;

    /// <summary>The name that a success gives to what it made, or null.</summary>
    public string? Binds { get; } = binds;

    /// <summary>What is done.</summary>
    public Verb Verb { get; } = verb;

    /// <summary>One argument for each parameter of the verb, in their order; an optional one may be absent.</summary>
    public ImmutableArray<Argument> Arguments { get; } = arguments;

    /// <summary>What must come out, or null where it is enough that the step succeeds.</summary>
    public Expectation? Expected { get; } = expected;

    /// <summary>The same step with another expectation.</summary>
    public Step Expecting(Expectation? expectation) => new(Line, Process, Binds, Verb, Arguments, expectation);

    /// <summary>The step as a scenario writes it, without its outcome.</summary>
    public override string ToString() => ScenarioWriter.Call(this);
}

/// <summary>A word after the verb.</summary>
/// <param name="text">The word as written, without the <c>key=</c> of a keyword; null where it is absent.</param>
/// <param name="number">What it stands for, where the parameter is a number or flags.</param>
/// <param name="column">Where it stands in its line, from 1; 0 where it was not read from one.</param>
public readonly struct Argument(string? text, long number = 0, int column = 0)
{
    private readonly string? text = text;

    /// <summary>The word as written, without the <c>key=</c> of a keyword; empty where it is absent.</summary>
    public string Text => text ?? "";

    /// <summary>
    /// What it stands for, where the parameter is a number or flags: values from 2^63 on in two's complement.
    /// 0 where it is absent.
    /// </summary>
    public long Number { get; } = number;

    /// <summary>Where it stands in its line, from 1.</summary>
    public int Column { get; } = column;

    /// <summary>Whether it was written.</summary>
    public bool IsPresent => text is not null;

    /// <summary>An argument that stands for a value: a number, or flags in their words.</summary>
    public static Argument Of(ParameterKind kind, long value) => new(FlagWords.Of(kind).Format(value), value);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
