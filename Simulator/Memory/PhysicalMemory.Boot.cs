using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>What boot finds and sets aside.</summary>
public sealed partial class PhysicalMemory
{
    private readonly Memblock memblock;
    private readonly FrameRun[] holes;

    /// <summary>Whether a frame is memory, and not in a hole of it.</summary>
    public bool IsMemory(int frame) => !Array.Exists(holes, hole => hole.Contains(frame));

    /// <summary>Sets frames aside at boot: from the top of memory downwards, starting at a multiple of 4 MiB.</summary>
    /// <param name="bytes">Rounded up to page blocks of 2 MiB.</param>
    /// <returns><see cref="Errno.ENOMEM"/> where they do not fit in one run.</returns>
    /// <exception cref="InvalidOperationException">The buddy allocator has already handed out frames.</exception>
    /// <remarks><b>Kernel:</b> <c>cma_declare_contiguous_nid()</c>, without a fixed address.</remarks>
    public Result<FrameRun> Reserve(long bytes)
    {
        if (memblock.FindHighest(InPageblocks(bytes)) is not { } run)
        {
            return trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory);
        }

        SetAside(run);
        return run;
    }

    /// <summary>Sets frames aside at boot: in one run, or else in up to eight that begin above 4 GiB.</summary>
    /// <param name="bytes">Rounded up to page blocks of 2 MiB.</param>
    /// <returns>
    /// The runs, lowest first. As few as are needed, of the longest that there are; the last is used in part.
    /// <see cref="Errno.ENOMEM"/> where they are too small together.
    /// </returns>
    /// <exception cref="InvalidOperationException">The buddy allocator has already handed out frames.</exception>
    /// <remarks><b>Kernel:</b> <c>cma_declare_contiguous_multi()</c>.</remarks>
    public Result<FrameRun[]> ReservePieces(long bytes)
    {
        FrameRun[] runs = memblock.FindAnywhere(InPageblocks(bytes));
        foreach (FrameRun run in runs)
        {
            SetAside(run);
        }

        return runs.Length > 0 ? runs : trace.Refuse(Errno.ENOMEM, Reason.OutOfMemory);
    }

    /// <summary>Whether that many bytes can still be set aside at boot, in one run.</summary>
    public bool CanReserve(long bytes) => memblock.FindHighest(InPageblocks(bytes)) is not null;

    /// <summary>The frames of whole page blocks that bytes need; more than there can be where it is no size.</summary>
    internal static long InPageblocks(long bytes) =>
        bytes is <= 0 or > MaxBytes
            ? long.MaxValue
            : (bytes + PageblockBytes - 1) / PageblockBytes << BuddyAllocator.PageblockOrder;

    private void SetAside(FrameRun run)
    {
        if (Buddy.IsUsed)
        {
            throw new InvalidOperationException("memory is set aside at boot, before the first allocation");
        }

        Buddy.SetAside(run);
    }

    private void CheckHoles(ReadOnlySpan<FrameRun> holes)
    {
        int end = 0;
        foreach (FrameRun hole in holes)
        {
            bool isWhole = hole.First % Section.Frames == 0 && hole.Count % Section.Frames == 0 && hole.Count > 0;
            if (!isWhole || hole.First < end || hole.Count > FrameCount - hole.First)
            {
                throw new ArgumentException(
                    $"a hole is whole 4 MiB inside memory and above the one before, not {hole}", nameof(holes));
            }

            end = hole.End;
        }
    }
}
