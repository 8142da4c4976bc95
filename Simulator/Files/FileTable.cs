using System.Numerics;
using DmaBufSim.Abi;
using DmaBufSim.Tracing;

namespace DmaBufSim.Files;

/// <summary>The descriptors of one process: small numbers that stand for open files.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>struct files_struct</c>, fs/file.c. Numbers 0 to 2 belong to the standard streams.</para>
/// <para><b>Cost:</b> the lowest free number is found 4096 numbers at a time, from the last one that was freed.</para>
/// </remarks>
public sealed class FileTable
{
    private const int StandardStreams = 3;

    private readonly Trace trace;
    private readonly int limit;
    private OpenFile?[] files;
    private ulong[] used;
    private ulong[] closeOnExec;

    // One bit for each word of `used` that has no number left.
    private ulong[] full;
    private int firstFreeWord;

    /// <summary>A table with the three standard streams.</summary>
    /// <param name="trace">Where refusals go.</param>
    /// <param name="limit">How many descriptors there may be (RLIMIT_NOFILE).</param>
    public FileTable(Trace trace, int limit)
    {
        this.trace = trace;
        this.limit = limit;
        files = new OpenFile?[64];
        used = [(1UL << StandardStreams) - 1];
        closeOnExec = [0];
        full = [0];
    }

    /// <summary>The lowest number that is surely above every descriptor in use.</summary>
    public int End => files.Length;

    /// <summary>Takes the lowest free number. It stands for nothing until <see cref="Install"/>.</summary>
    /// <returns><see cref="Errno.EMFILE"/> when every number below the limit is taken.</returns>
    /// <remarks><b>Kernel:</b> <c>get_unused_fd_flags()</c>.</remarks>
    public Result<int> Reserve()
    {
        int word = NextFreeWord(firstFreeWord);
        firstFreeWord = word;
        int bit = word < used.Length ? BitOperations.TrailingZeroCount(~used[word]) : 0;
        int descriptor = (word << 6) | bit;
        if (descriptor >= limit)
        {
            return trace.Refuse(Errno.EMFILE, Reason.DescriptorTableFull);
        }

        if (word == used.Length)
        {
            Array.Resize(ref used, word * 2);
            Array.Resize(ref closeOnExec, word * 2);
            Array.Resize(ref files, word * 2 * 64);
            Array.Resize(ref full, ((word * 2) + 63) / 64);
        }

        used[word] |= 1UL << bit;
        if (used[word] == ulong.MaxValue)
        {
            full[word >> 6] |= 1UL << (word & 63);
        }

        return descriptor;
    }

    /// <summary>Makes a reserved number stand for a file. The table takes over the caller's reference.</summary>
    /// <remarks><b>Kernel:</b> <c>fd_install()</c>.</remarks>
    public void Install(int descriptor, OpenFile file, bool closeOnExec)
    {
        files[descriptor] = file;
        SetCloseOnExec(descriptor, closeOnExec);
    }

    /// <summary>Gives back a reserved number that stands for nothing yet.</summary>
    /// <remarks><b>Kernel:</b> <c>put_unused_fd()</c>.</remarks>
    public void Cancel(int descriptor)
    {
        int word = descriptor >> 6;
        used[word] &= ~(1UL << (descriptor & 63));
        full[word >> 6] &= ~(1UL << (word & 63));
        firstFreeWord = Math.Min(firstFreeWord, word);
    }

    /// <summary>The file behind a number, or null. No reference is taken.</summary>
    public OpenFile? Find(int descriptor) =>
        descriptor >= 0 && descriptor < files.Length ? files[descriptor] : null;

    /// <summary>Whether the descriptor closes at exec.</summary>
    public bool IsCloseOnExec(int descriptor) => (closeOnExec[descriptor >> 6] >> (descriptor & 63) & 1) != 0;

    /// <summary>Says whether an open descriptor closes at exec.</summary>
    /// <remarks><b>Kernel:</b> <c>set_close_on_exec()</c>.</remarks>
    public void SetCloseOnExec(int descriptor, bool closeOnExec)
    {
        ulong bit = 1UL << (descriptor & 63);
        if (closeOnExec)
        {
            this.closeOnExec[descriptor >> 6] |= bit;
        }
        else
        {
            this.closeOnExec[descriptor >> 6] &= ~bit;
        }
    }

    /// <summary>A second number for the same file.</summary>
    /// <returns><see cref="Errno.EBADF"/> or <see cref="Errno.EMFILE"/>.</returns>
    public Result<int> Duplicate(int descriptor, bool closeOnExec)
    {
        if (Find(descriptor) is not { } file)
        {
            return trace.Refuse(Errno.EBADF, Reason.DescriptorNotOpen);
        }

        Result<int> copy = Reserve();
        if (copy.IsOk)
        {
            file.Get();
            Install(copy.Value, file, closeOnExec);
        }

        return copy;
    }

    /// <summary>Gives a number back and drops its reference.</summary>
    /// <returns><see cref="Errno.EBADF"/> if it stands for nothing.</returns>
    public Result Close(int descriptor)
    {
        if (Find(descriptor) is not { } file)
        {
            return trace.Refuse(Errno.EBADF, Reason.DescriptorNotOpen);
        }

        files[descriptor] = null;
        Cancel(descriptor);
        file.Put();
        return Result.Ok;
    }

    /// <summary>The table of a forked process: the same numbers for the same files, with new references.</summary>
    public FileTable Fork()
    {
        FileTable child = new(trace, limit)
        {
            files = (OpenFile?[])files.Clone(),
            used = (ulong[])used.Clone(),
            closeOnExec = (ulong[])closeOnExec.Clone(),
            full = (ulong[])full.Clone(),
            firstFreeWord = firstFreeWord,
        };
        foreach (OpenFile? file in files)
        {
            file?.Get();
        }

        return child;
    }

    /// <summary>Closes everything, lowest number first, as the end of a process does.</summary>
    public void CloseAll()
    {
        for (int descriptor = 0; descriptor < files.Length; descriptor++)
        {
            if (files[descriptor] is not null)
            {
                Close(descriptor);
            }
        }
    }

    private int NextFreeWord(int from)
    {
        if (from >= used.Length)
        {
            return from;
        }

        int at = from >> 6;
        ulong free = ~full[at] & (ulong.MaxValue << (from & 63));
        while (free == 0)
        {
            at++;
            if (at == full.Length)
            {
                return used.Length;
            }

            free = ~full[at];
        }

        return Math.Min(used.Length, (at << 6) | BitOperations.TrailingZeroCount(free));
    }
}
