using DmaBufSim.Buffers;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>
/// What a judge outside the machine knows: the bytes that every buffer must hold, and who may touch each of them. It
/// reads the rules of the heaps and nothing of the firewall.
/// </summary>
internal sealed class Secrets(MachineDescription machine)
{
    private readonly List<string> leaks = [];

    /// <summary>What went wrong, oldest first.</summary>
    public IReadOnlyList<string> Leaks => leaks;

    /// <summary>How many accesses were allowed, and how many were refused.</summary>
    public (int Allowed, int Denied) Judged { get; private set; }

    /// <summary>A buffer that was handed out just now must hold zeros.</summary>
    public Known Made(Machine running, DmaBuf buffer, string heap)
    {
        for (int page = 0; page < buffer.Size >> PhysicalMemory.PageShift; page++)
        {
            if (running.Memory.Page(buffer.FrameAt(page)).IndexOfAnyExcept((byte)0) >= 0)
            {
                leaks.Add($"a new buffer of {heap} holds old bytes in page {page}");
            }
        }

        return new Known(buffer, machine.Heaps.Single(declared => declared.Name == heap));
    }

    /// <summary>The frames of a protected buffer that is gone must hold zeros.</summary>
    public void Gone(Machine running, Known known)
    {
        foreach (int frame in known.Frames)
        {
            if (known.IsProtected && running.Memory.Page(frame).IndexOfAnyExcept((byte)0) >= 0)
            {
                leaks.Add($"frame {frame} of a released buffer of {known.Heap.Name} was not wiped");
            }
        }
    }

    /// <summary>
    /// An access to bytes was allowed or refused by the firewall: both must be what the rules say.
    /// </summary>
    public void Judge(
        Known known, string master, bool isSecure, AccessRights right, long offset, long length, bool allowed)
    {
        bool may = true;
        for (long at = offset; at < offset + length; at += Known.Cell)
        {
            may &= known.Allows(master, isSecure, right, at);
        }

        if (may != allowed)
        {
            leaks.Add($"{master} {(allowed ? "could" : "could not")} {right} {known.Heap.Name} at {offset}+{length}");
        }

        Judged = allowed ? (Judged.Allowed + 1, Judged.Denied) : (Judged.Allowed, Judged.Denied + 1);
    }

    /// <summary>A master got to see bytes: they must be those that were written to this buffer.</summary>
    public void Saw(Known known, string master, ulong seen, ulong expected)
    {
        if (seen != expected)
        {
            leaks.Add($"{master} saw bytes in a buffer of {known.Heap.Name} that nobody wrote there");
        }
    }

    /// <summary>A buffer with the bytes that it must hold and the regions that were named.</summary>
    internal sealed class Known(DmaBuf buffer, HeapDescription heap)
    {
        public const int Cell = 1024;

        private readonly Dictionary<string, (long From, long To)> regions = [];

        public DmaBuf Buffer => buffer;

        public HeapDescription Heap => heap;

        public byte[] Bytes { get; } = new byte[buffer.Size];

        public bool IsProtected => heap.Type == "protected" || !heap.Rules.IsEmpty;

        public int[] Frames { get; } =
            [.. Enumerable.Range(0, (int)(buffer.Size >> PhysicalMemory.PageShift)).Select(buffer.FrameAt)];

        public void Name(string region, long offset, long length) => regions[region] = (offset, offset + length);

        public bool Allows(string master, bool isSecure, AccessRights right, long at)
        {
            if (heap.Rules.IsEmpty)
            {
                return heap.Type != "protected" || isSecure;
            }

            return heap.Rules.Any(rule => rule.Master == master && (rule.Rights & right) != 0
                && (rule.Region is null
                    || (regions.TryGetValue(rule.Region, out var named) && named.From <= at && at < named.To)));
        }
    }
}
