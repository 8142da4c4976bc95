using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Memory;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    private const ulong PageMask = PhysicalMemory.PageSize - 1;
    private const ulong TaskSize = (1UL << 47) - PhysicalMemory.PageSize;
    private const uint MapTypeMask = 0xf;
    private const uint MapGrowsDown = 0x100;
    private const uint MapHugeTlb = 0x40000;

    // The flags that every file accepts with shared_validate (LEGACY_MAP_MASK).
    private const uint LegacyMapFlags = 0x7c07_f9f3;

    private readonly SortedDictionary<long, VmArea> mappings = [];
    private long lastAddress = 0x7fff_f000_0000;

    /// <summary>The mappings, lowest address first.</summary>
    public IEnumerable<VmArea> Mappings => mappings.Values;

    /// <summary>Maps a file.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="length">How many bytes; rounded up to pages.</param>
    /// <param name="protection">The access wanted.</param>
    /// <param name="flags">Shared, private or shared_validate, and the flags of mmap.</param>
    /// <returns>
    /// The address. <see cref="Errno.EINVAL"/>, <see cref="Errno.EBADF"/>, <see cref="Errno.ENOMEM"/>,
    /// <see cref="Errno.EOVERFLOW"/>, <see cref="Errno.EOPNOTSUPP"/>, <see cref="Errno.EACCES"/> and
    /// <see cref="Errno.EPERM"/> in the order of Linux, then what the file answers.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>ksys_mmap_pgoff()</c>, <c>do_mmap()</c>.</para>
    /// <para><b>Differs:</b> an address is never used a second time.</para>
    /// </remarks>
    public Result<long> Mmap(int descriptor, ulong offset, ulong length, MapProtection protection, uint flags)
    {
        if ((offset & PageMask) != 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.OffsetUnaligned);
        }

        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.As<long>();
        }

        Result<MappingRequest> checkedRequest = CheckArguments(offset, length, protection, flags);
        if (!checkedRequest.IsOk)
        {
            return checkedRequest.As<long>();
        }

        MappingRequest request = checkedRequest.Value;
        Result allowed = CheckRights(file.Value, request, flags);
        if (!allowed.IsOk)
        {
            return allowed;
        }

        Result mapped = file.Value.Mmap(request);
        if (!mapped.IsOk)
        {
            return mapped;
        }

        file.Value.Get();
        lastAddress -= request.Pages << PhysicalMemory.PageShift;
        bool mayWrite = !request.IsShared || file.Value.IsSharedWritable;
        bool mayExecute = !IsNoExec(file.Value);
        mappings.Add(lastAddress, new VmArea(file.Value, lastAddress, request, mayWrite, mayExecute));
        return lastAddress;
    }

    /// <summary>The mapping that starts at an address, or null.</summary>
    public VmArea? FindMapping(long address) => mappings.GetValueOrDefault(address);

    /// <summary>Unmaps a whole mapping.</summary>
    /// <returns><see cref="Errno.EINVAL"/> where nothing is mapped.</returns>
    public Result Munmap(long address)
    {
        Run();
        if (!mappings.Remove(address, out VmArea? area))
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.NothingMapped);
        }

        area.Close();
        return Result.Ok;
    }

    /// <summary>Unmaps a part of a mapping.</summary>
    /// <param name="address">Where the mapping begins.</param>
    /// <param name="offset">Where the part begins, in bytes from there.</param>
    /// <param name="length">How many bytes; rounded up to pages.</param>
    /// <returns>
    /// <see cref="Errno.EINVAL"/> where there is no such mapping, the offset is not of a page, or the length is zero or
    /// more than there are addresses. What of the part is not mapped is no mistake.
    /// </returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>do_vmi_munmap()</c>.</para>
    /// <para><b>Simpler:</b> a part that reaches past the end of the mapping leaves the next one alone.</para>
    /// </remarks>
    public Result Munmap(long address, ulong offset, ulong length)
    {
        Run();
        if (FindMapping(address) is not { } area || offset > TaskSize || length > TaskSize - offset)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.NothingMapped);
        }

        if ((offset & PageMask) != 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.OffsetUnaligned);
        }

        if (length == 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.LengthZero);
        }

        int end = PageAt(area, offset + length + PageMask);
        area.Unmap(PageAt(area, offset), end);
        return Result.Ok;
    }

    /// <summary>Changes the protection of a whole mapping.</summary>
    /// <returns>
    /// <see cref="Errno.ENOMEM"/> where nothing is mapped; <see cref="Errno.EACCES"/> for a right that the mapping
    /// can never have.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>do_mprotect_pkey()</c>.</remarks>
    public Result Mprotect(long address, MapProtection protection)
    {
        Run();
        if (FindMapping(address) is not { } area || !area.IsMapped(0, area.Pages))
        {
            return context.Trace.Refuse(Errno.ENOMEM, Reason.NothingMapped);
        }

        if ((protection & MapProtection.Write) != 0 && !area.MayWrite)
        {
            return context.Trace.Refuse(Errno.EACCES, Reason.WriteNotGranted);
        }

        if ((protection & MapProtection.Execute) != 0 && !area.MayExecute)
        {
            return context.Trace.Refuse(Errno.EACCES, Reason.ExecNotGranted);
        }

        area.Protection = protection;
        return Result.Ok;
    }

    private Result<MappingRequest> CheckArguments(ulong offset, ulong length, MapProtection protection, uint flags)
    {
        if ((flags & MapHugeTlb) != 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.MapFlagUnsupported);
        }

        if (length == 0)
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.LengthZero);
        }

        ulong rounded = unchecked(length + PageMask) & ~PageMask;
        if (rounded == 0 || rounded > TaskSize)
        {
            return context.Trace.Refuse(Errno.ENOMEM, Reason.LengthTooLarge);
        }

        if (offset > ulong.MaxValue - rounded)
        {
            return context.Trace.Refuse(Errno.EOVERFLOW, Reason.OffsetOverflow);
        }

        uint type = flags & MapTypeMask;
        if (type is not ((uint)MapType.Shared or (uint)MapType.Private or (uint)MapType.SharedValidate))
        {
            return context.Trace.Refuse(Errno.EINVAL, Reason.MapTypeMissing);
        }

        if (type == (uint)MapType.SharedValidate && (flags & ~LegacyMapFlags) != 0)
        {
            return context.Trace.Refuse(Errno.EOPNOTSUPP, Reason.MapFlagUnsupported);
        }

        return new MappingRequest(
            (long)(offset >> PhysicalMemory.PageShift),
            (long)(rounded >> PhysicalMemory.PageShift),
            protection,
            type != (uint)MapType.Private);
    }

    private Result CheckRights(OpenFile file, in MappingRequest request, uint flags)
    {
        if (request.IsShared && (request.Protection & MapProtection.Write) != 0 && !file.IsWritable)
        {
            return context.Trace.Refuse(Errno.EACCES, Reason.SharedWriteNeedsWritableFile);
        }

        if (!file.IsReadable)
        {
            return context.Trace.Refuse(Errno.EACCES, Reason.FileNotReadable);
        }

        if (IsNoExec(file) && (request.Protection & MapProtection.Execute) != 0)
        {
            return context.Trace.Refuse(Errno.EPERM, Reason.NoExecFilesystem);
        }

        return (flags & MapGrowsDown) != 0
            ? context.Trace.Refuse(Errno.EINVAL, Reason.MapFlagUnsupported)
            : Result.Ok;
    }

    // The file system of memfds is never mounted no-exec.
    private bool IsNoExec(OpenFile file) => context.Kernel.NoExec && !file.IsRegular;

    private static int PageAt(VmArea area, ulong offset) =>
        (int)Math.Min(offset >> PhysicalMemory.PageShift, (ulong)area.Pages);

    private void UnmapAll()
    {
        foreach (VmArea area in mappings.Values)
        {
            area.Close();
        }

        mappings.Clear();
    }
}
