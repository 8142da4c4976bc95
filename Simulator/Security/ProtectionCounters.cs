namespace DmaBufSim.Security;

/// <summary>Where a request for protected memory can be refused.</summary>
public enum ProtectionStep
{
    /// <summary>At allocation.</summary>
    Alloc,

    /// <summary>When a device attaches.</summary>
    Attach,

    /// <summary>When a device asks for addresses.</summary>
    Map,

    /// <summary>When the CPU asks for a mapping, of a process or of the kernel.</summary>
    Mmap,

    /// <summary>When bytes move.</summary>
    Access,
}

/// <summary>What the protection of one machine has cost so far, and whom it has stopped where.</summary>
public sealed class ProtectionCounters
{
    private static readonly int Steps = Enum.GetValues<ProtectionStep>().Length;

    private readonly long[] denials = new long[Steps];
    private readonly long[] failures = new long[Steps];
    private long protectedBytes;
    private long paddingBytes;

    /// <summary>Bytes of pools that were set aside at boot and serve nobody else.</summary>
    public long SetAsideBytes { get; private set; }

    /// <summary>The most bytes that were protected at a time, with what is padded.</summary>
    public long PeakProtectedBytes { get; private set; }

    /// <summary>The most bytes at a time that were taken only because the hardware draws coarse lines.</summary>
    public long PeakPaddingBytes { get; private set; }

    /// <summary>How often the hardware was programmed.</summary>
    public long Changes { get; private set; }

    /// <summary>Nanoseconds that programming took.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>Interrupts about blocked accesses.</summary>
    public long Interrupts { get; internal set; }

    /// <summary>Accesses that hardware blocked.</summary>
    public long Violations => Denials(ProtectionStep.Access);

    /// <summary>How often somebody was refused, at any step but allocation, to whom the rules give no right.</summary>
    public long RightDenials { get; private set; }

    /// <summary>How often somebody was refused, at any step but allocation, to whom the rules give the right.</summary>
    /// <remarks>What a policy cannot express it has to forbid.</remarks>
    public long WrongDenials { get; private set; }

    /// <summary>How often somebody was refused at a step.</summary>
    public long Denials(ProtectionStep step) => denials[(int)step];

    /// <summary>
    /// How often an importer came to grief at a step because of protection: refused, or with zeros or a black frame.
    /// </summary>
    public long ImporterFailures(ProtectionStep step) => failures[(int)step];

    /// <summary>Somebody was refused.</summary>
    /// <param name="step">When.</param>
    /// <param name="isRight">Whether the rules of the heap give no right for it.</param>
    public void AddDenial(ProtectionStep step, bool isRight)
    {
        denials[(int)step]++;
        bool counts = step != ProtectionStep.Alloc;
        RightDenials += counts && isRight ? 1 : 0;
        WrongDenials += counts && !isRight ? 1 : 0;
    }

    /// <summary>An importer came to grief.</summary>
    public void AddImporterFailure(ProtectionStep step) => failures[(int)step]++;

    /// <summary>A pool was set aside at boot.</summary>
    public void AddSetAside(long bytes) => SetAsideBytes += bytes;

    /// <summary>Padding was taken, or given back where the number is negative.</summary>
    public void AddPadding(long bytes)
    {
        paddingBytes += bytes;
        PeakPaddingBytes = Math.Max(PeakPaddingBytes, paddingBytes);
    }

    internal void AddProtected(long bytes)
    {
        protectedBytes += bytes;
        PeakProtectedBytes = Math.Max(PeakProtectedBytes, protectedBytes);
    }

    internal void AddChange(long nanoseconds)
    {
        Changes++;
        Nanoseconds += nanoseconds;
    }
}
