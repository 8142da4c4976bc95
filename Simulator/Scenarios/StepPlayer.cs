using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Scenarios.Verbs;
using DmaBufSim.Tracing;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>Plays steps on a machine, one after the other, and keeps what their names stand for.</summary>
/// <remarks><b>Cost:</b> that of the call, one lookup a name, and one object where the outcome has words.</remarks>
public sealed class StepPlayer
{
    // Time passes only so that no two steps have the same.
    private const long NanosecondsPerStep = 1000;

    private readonly Dictionary<Process, NameTable> names = [];
    private readonly Vocabulary vocabulary;
    private Workload? workload;

    /// <summary>A player on a machine that is switched on.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="vocabulary">The kinds of tenants that it may have; null for the built-in ones.</param>
    public StepPlayer(Machine machine, Vocabulary? vocabulary = null)
    {
        Machine = machine;
        this.vocabulary = vocabulary ?? Vocabulary.BuiltIn;
        Tenants = new AreaTenants(machine);
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>Whether a step has crashed the machine, so that none can follow.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Plays a step.</summary>
    /// <returns>What it came to; <see cref="Errno.ESRCH"/> for a process that is gone.</returns>
    /// <remarks>A process in which the kernel meets a null pointer ends with the step; the machine goes on.</remarks>
    /// <exception cref="InvalidOperationException">The machine has crashed before.</exception>
    public Outcome Play(Step step)
    {
        if (HasCrashed)
        {
            throw new InvalidOperationException("the machine has crashed");
        }

        Process? process = step.Process is { } name ? Machine.FindProcess(name) : Machine.First;
        if (process is not { IsAlive: true })
        {
            return Outcome.Fails(Machine.Trace.Refuse(Errno.ESRCH, Reason.ProcessGone, step.Process), Machine.Trace);
        }

        Machine.Clock.Advance(NanosecondsPerStep);
        Machine.Run(process);
        try
        {
            return step.Verb.Action(new StepCall(this, process, NamesOf(process), step));
        }
        catch (KernelOopsException oops)
        {
            process.Exit();
            return Outcome.Kills(oops);
        }
        catch (KernelBugException bug)
        {
            HasCrashed = true;
            return Outcome.Crashes(bug);
        }
    }

    /// <summary>The descriptor that a name of a process stands for, or -1.</summary>
    public int Descriptor(string name, Process? process = null) => NamesOf(process ?? Machine.First).Descriptor(name);

    /// <summary>The names of a process that stand for something of a kind, in order.</summary>
    /// <param name="process">The process, or null for the first one.</param>
    /// <param name="kind">What they stand for; <see cref="Produces.Nothing"/> for all that lead to a buffer.</param>
    public IReadOnlyList<string> NamesOf(string? process, Produces kind) =>
        (process is null ? Machine.First : Machine.FindProcess(process)) is { } found ? NamesOf(found).Of(kind) : [];

    /// <summary>The tenants of the machine. They come when they are first asked for.</summary>
    public Workload Workload => workload ??= new Workload(Machine, vocabulary.TenantTypes);

    /// <summary>The tenants, where they have come already.</summary>
    internal Workload? Tenancy => workload;

    /// <summary>The tenants leave, so that what is left belongs to the story.</summary>
    public void EndBackground() => workload?.Leave();

    internal AreaTenants Tenants { get; }

    /// <summary>Who takes samples while tenants live, or null.</summary>
    internal MachineSampler? Sampler { get; init; }

    /// <summary>Who looks at the machine while tenants live, or null.</summary>
    internal Action<Machine, Step>? Look { get; init; }

    internal long LookInterval { get; init; }

    /// <summary>Who keeps the requests of tenants that ask for an explanation, or null.</summary>
    internal RequestWatch? Watch { get; set; }

    internal NameTable NamesOf(Process process)
    {
        if (!names.TryGetValue(process, out NameTable? table))
        {
            table = new NameTable();
            names.Add(process, table);
        }

        return table;
    }

    internal void Fork(Process child, NameTable parent) => names[child] = parent.Fork();
}
