using DmaBufSim.Abi;

namespace DmaBufSim.Tracing;

/// <summary>
/// Where the rooms of one machine leave what happened: records for a sink, and the details of the last refusal.
/// </summary>
/// <remarks><b>Cost:</b> without a sink a record costs one comparison and nothing is allocated.</remarks>
public sealed class Trace
{
    private readonly List<KernelWarning> warnings = [];
    private readonly List<string> log = [];

    /// <summary>Who gets the records, or null.</summary>
    public TraceSink? Sink { get; set; }

    /// <summary>The trace buffer of the kernel, or null where tracing is off.</summary>
    public Ftrace? Ftrace { get; set; }

    /// <summary>The details of the refusal that was made last: who, by which rule, where.</summary>
    public Refusal LastRefusal { get; private set; }

    /// <summary>What a kernel would have printed as WARN, oldest first.</summary>
    public IReadOnlyList<KernelWarning> Warnings => warnings;

    /// <summary>What a kernel has printed into its log, oldest first, without times.</summary>
    public IReadOnlyList<string> KernelLog => log;

    /// <summary>Prints a line into the log of the kernel.</summary>
    /// <remarks><b>Kernel:</b> <c>printk()</c>.</remarks>
    public void Print(string line) => log.Add(line);

    /// <summary>Leaves a record.</summary>
    public void Note(TraceEvent what, long subject, long first = 0, long second = 0, string? name = null) =>
        Sink?.Write(new TraceRecord(what, subject, first, second, name));

    /// <summary>Makes a refusal and remembers its details.</summary>
    /// <param name="errno">What Linux would report.</param>
    /// <param name="reason">The rule that decided.</param>
    /// <param name="who">The master, holder or heap that the rule speaks of.</param>
    /// <param name="rule">The rule as the scenario wrote it, where there is one.</param>
    /// <param name="offset">Where in the buffer, in bytes; -1 where no place is meant.</param>
    /// <param name="length">How many bytes from there.</param>
    public Result Refuse(
        Errno errno, Reason reason, string? who = null, string? rule = null, long offset = -1, long length = -1)
    {
        LastRefusal = new Refusal(errno, reason, who, rule, offset, length);
        return new Result(errno, reason);
    }

    /// <summary>
    /// Makes the last refusal again under another errno, as a layer does that hides what went wrong below it.
    /// </summary>
    public Result RefuseAs(Errno errno)
    {
        LastRefusal = LastRefusal with { Errno = errno };
        return new Result(errno, LastRefusal.Reason);
    }

    /// <summary>Records that a driver broke the kernel's contract in a way that Linux answers with WARN.</summary>
    public void Warn(string kernelFunction, string condition)
    {
        warnings.Add(new KernelWarning(kernelFunction, condition));
        Note(TraceEvent.KernelWarned, 0, name: condition);
    }
}
