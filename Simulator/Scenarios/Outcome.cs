using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Scenarios;

/// <summary>What a step came to, in the words of the scenario language.</summary>
public sealed class Outcome
{
    internal Outcome(string name, ImmutableArray<string> words, ImmutableArray<string> lines, Refusal refusal)
    {
        Name = name;
        Words = words;
        Lines = lines;
        Refusal = refusal;
    }

    /// <summary>A success that returned nothing.</summary>
    public static Outcome Ok { get; } = new(Expectation.Ok, [], [], default);

    /// <summary><c>ok</c>, the name of an errno, <c>Killed</c> or <c>crash</c>.</summary>
    public string Name { get; }

    /// <summary>What a success returned, and what a crash was.</summary>
    public ImmutableArray<string> Words { get; }

    /// <summary>The lines that the step printed.</summary>
    public ImmutableArray<string> Lines { get; }

    /// <summary>Of a failure: who was refused, by which rule, where.</summary>
    public Refusal Refusal { get; }

    /// <summary>Whether the step succeeded.</summary>
    public bool IsOk => Name == Expectation.Ok;

    /// <summary>Whether Linux would have crashed.</summary>
    public bool IsCrash => Name == Expectation.Crash;

    /// <summary>The word of the rule that decided a failure, or null.</summary>
    public string? ReasonWord => Refusal.Reason == Reason.None ? null : Refusal.Reason.Word();

    /// <summary>A success that returned words.</summary>
    public static Outcome Returns(params ImmutableArray<string> words) => new(Expectation.Ok, words, [], default);

    /// <summary>A success that printed lines.</summary>
    public static Outcome Prints(ImmutableArray<string> lines, params ImmutableArray<string> words) =>
        new(Expectation.Ok, words, lines, default);

    /// <summary>A failure.</summary>
    /// <param name="failure">What the call answered.</param>
    /// <param name="trace">Where the details of its refusal were left.</param>
    public static Outcome Fails(Result failure, Trace trace)
    {
        // A framework may have turned the errno of the refusal into its own, and kept the reason.
        Refusal refusal = trace.LastRefusal.Reason == failure.Reason
            ? trace.LastRefusal with { Errno = failure.Errno }
            : new Refusal(failure.Errno, failure.Reason, null, null, -1, -1);
        return new Outcome(failure.Errno.ToString(), [], [], refusal);
    }

    /// <summary>The end of the simulated machine.</summary>
    public static Outcome Crashes(KernelBugException bug) =>
        new(Expectation.Crash, [], [$"kernel BUG in {bug.KernelFunction}: {bug.Condition}"], default);

    /// <summary>The end of the process that played the step.</summary>
    public static Outcome Kills(KernelOopsException oops) =>
        new(Expectation.Killed, [], [], new Refusal(Errno.OK, oops.Reason, null, null, -1, -1));

    /// <summary>The outcome as a transcript writes it, without its lines.</summary>
    public override string ToString()
    {
        ImmutableArray<string> words = ReasonWord is { } reason ? [.. Words, Expectation.ReasonKey + reason] : Words;
        return words.IsEmpty ? Name : $"{Name} {string.Join(' ', words)}";
    }
}
