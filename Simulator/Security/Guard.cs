using DmaBufSim.Abi;

namespace DmaBufSim.Security;

/// <summary>The hardware that enforces what the firewall has been told. One of your own overrides one method.</summary>
/// <remarks>
/// <para>A guard knows what it can hold and what a change costs. It is asked at each change, with all ranges as they
/// will be; where it refuses, the change is not made.</para>
/// <para><b>Kernel:</b> none has it. Firmware and hypervisors program it.</para>
/// </remarks>
public abstract class Guard
{
    /// <summary>Whether it enforces anything.</summary>
    public virtual bool Enforces => true;

    /// <summary>How many pages a range must be a multiple of, in size and in place.</summary>
    public virtual int GranulePages => 1;

    /// <summary>How many pages the smallest range has.</summary>
    public virtual int SmallestPages => 1;

    /// <summary>Whether it lets one of two masters that it cannot tell apart do what the other may.</summary>
    public virtual bool Widens => false;

    /// <summary>Whether it sees the accesses of a master.</summary>
    public virtual bool Covers(Master master) => Enforces;

    /// <summary>Whether it cannot tell two masters apart.</summary>
    public virtual bool SharesId(Master one, Master other) => one.Name == other.Name;

    /// <summary>How many pages a range needs that is to hold these.</summary>
    public int Padded(int pages) =>
        Math.Max((pages + GranulePages - 1) / GranulePages * GranulePages, SmallestPages);

    /// <summary>Takes the ranges of the firewall over.</summary>
    /// <param name="firewall">The ranges as they will be.</param>
    /// <param name="pages">How many pages the change touches.</param>
    /// <returns>How many nanoseconds it takes, or why it cannot be done.</returns>
    protected internal abstract Result<long> Program(Firewall firewall, int pages);
}

/// <summary>What a blocked access does.</summary>
public enum GuardResponse
{
    /// <summary>It ends in a bus fault: the call answers <see cref="Errno.EACCES"/>.</summary>
    Abort,

    /// <summary>It seems to succeed: reads give zeros, writes are dropped.</summary>
    Zero,

    /// <summary>As <see cref="Zero"/>, and an interrupt tells the secure world.</summary>
    Interrupt,
}
