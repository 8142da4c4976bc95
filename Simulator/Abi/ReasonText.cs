using System.Collections.Immutable;
using System.Text;

namespace DmaBufSim.Abi;

/// <summary>The texts that belong to a <see cref="Reason"/>.</summary>
/// <param name="Reason">The rule.</param>
/// <param name="Errnos">What a call can answer because of it; none where it kills the caller.</param>
/// <param name="KernelFunction">Where Linux has the rule, or who has it where Linux has none.</param>
/// <param name="Meaning">What it means here.</param>
/// <param name="Advice">What to do about it.</param>
public sealed partial record ReasonText(
    Reason Reason, ImmutableArray<Errno> Errnos, string KernelFunction, string Meaning, string Advice)
{
    /// <summary>Every reason, in the order of the enumeration.</summary>
    public static ImmutableArray<ReasonText> All { get; } =
    [
        new(Reason.DescriptorNotOpen, [Errno.EBADF], "fget()",
            "The number is not an open descriptor of this process: it was never opened, or it is closed. A name "
                + "that no step has bound counts as descriptor -1.",
            "Bind the name first, or look for a close too many with `holders`."),
        new(Reason.NotADmaBuf, [Errno.EINVAL], "dma_buf_get()",
            "The descriptor is open but belongs to another kind of file.",
            "Pass a descriptor that came from an allocation."),
        new(Reason.FileNotReadable, [Errno.EBADF, Errno.EACCES], "vfs_read(), do_mmap()",
            "The descriptor was opened without the right to read. Every mapping needs that right, even one that "
                + "only writes.",
            "Allocate with rdwr or rdonly."),
        new(Reason.FileNotWritable, [Errno.EBADF], "vfs_write()",
            "The descriptor was opened without the right to write.",
            "Allocate with rdwr."),
        new(Reason.NoFileOperation, [Errno.EINVAL], "dma_buf_fops",
            "A dma-buf has no read, write or truncate: its bytes are reached by mmap and by devices.",
            "Map the buffer."),
        new(Reason.SeekOnlyToEnds, [Errno.EINVAL], "dma_buf_llseek()",
            "A dma-buf answers only two seeks: offset 0 from the start, and offset 0 from the end, which tells "
                + "the size.",
            "Use `lseek b 0 end`."),
        new(Reason.HeapUnknown, [Errno.ENOENT], "dma_heap_open()",
            "There is no /dev/dma_heap node of that name.",
            "Declare the heap, or see `heaps`."),
        new(Reason.ArgumentUnreadable, [Errno.EFAULT], "copy_from_user()",
            "The argument points to memory that the process cannot read. It is copied before anything in it is "
                + "checked.",
            "Pass a pointer to the structure."),
        new(Reason.FdFieldNotZero, [Errno.EINVAL], "dma_heap_ioctl_allocate()",
            "The fd field of the request must be zero on the way in.",
            "Zero the structure."),
        new(Reason.FdFlagsUnknown, [Errno.EINVAL], "dma_heap_ioctl_allocate()",
            "fd_flags may hold O_CLOEXEC and the access mode, and no other bit.",
            "Use rdonly, wronly or rdwr, with cloexec if wanted."),
        new(Reason.HeapFlagsNotZero, [Errno.EINVAL], "dma_heap_ioctl_allocate()",
            "No heap flag is defined in any kernel, so heap_flags must be zero.",
            "Choose a heap by name instead of by flag."),
        new(Reason.LengthZero, [Errno.EINVAL], "dma_heap_buffer_alloc(), do_mmap()",
            "The length is zero, or becomes zero when it is rounded up to whole pages.",
            "Ask for at least one byte."),
        new(Reason.DescriptorTableFull, [Errno.EMFILE], "get_unused_fd_flags()",
            "The process has no free descriptor number. An allocation finds that out last, and gives its memory back.",
            "Close descriptors or raise the machine's `nofile`."),
        new(Reason.OutOfMemory, [Errno.ENOMEM], "alloc_largest_available()",
            "The buddy allocator has no free block left, not even a single page outside the CMA areas.",
            "Free buffers or give the machine more memory."),
        new(Reason.NoContiguousRun, [Errno.ENOMEM], "cma_alloc()",
            "No run of free pages in the area is long enough at the alignment that the request needs.",
            "Free a neighbour, ask for less, or enlarge the area."),
        new(Reason.LargerThanArea, [Errno.ENOMEM], "cma_alloc()",
            "The request has more pages than the whole area.",
            "Ask for less or enlarge the area."),
        new(Reason.PoolFull, [Errno.ENOMEM], "gen_pool_alloc()",
            "No run of free pages in the pool is long enough.",
            "Free a buffer of this heap or enlarge its pool."),
        new(Reason.IoctlUnknown, [Errno.ENOTTY], "dma_buf_ioctl()",
            "The ioctl number, compared with all its 32 bits, is not one that a dma-buf knows.",
            "Use the numbers of linux/dma-buf.h."),
        new(Reason.SyncFlagsUnknown, [Errno.EINVAL], "dma_buf_ioctl()",
            "The sync flags have a bit outside read, write and end.",
            "Use start or end with read, write or rw."),
        new(Reason.SyncWithoutDirection, [Errno.EINVAL], "dma_buf_ioctl()",
            "The sync names neither read nor write.",
            "Say which access begins or ends."),
        new(Reason.NameTooLong, [Errno.EINVAL], "dma_buf_set_name()",
            "A buffer name has at most 31 bytes and an ending zero.",
            "Shorten the name."),
        new(Reason.OffsetUnaligned, [Errno.EINVAL], "ksys_mmap_pgoff()",
            "The offset of a mapping must be a multiple of the page size.",
            "Use a multiple of 4096."),
        new(Reason.LengthTooLarge, [Errno.ENOMEM], "do_mmap()",
            "The length, rounded up to pages, does not fit the address space.",
            "Map less."),
        new(Reason.OffsetOverflow, [Errno.EOVERFLOW], "do_mmap()",
            "Offset plus length wraps around.",
            "Use an offset inside the buffer."),
        new(Reason.MapTypeMissing, [Errno.EINVAL], "do_mmap()",
            "The flags hold neither shared, private nor shared_validate.",
            "Say which."),
        new(Reason.MapFlagUnsupported, [Errno.EINVAL, Errno.EOPNOTSUPP], "do_mmap()",
            "The file does not support a flag of the mapping: huge pages, growing downwards or, with " +
            "shared_validate, one that is not known.",
            "Drop the flag."),
        new(Reason.SharedWriteNeedsWritableFile, [Errno.EACCES], "do_mmap()",
            "A shared mapping that writes needs a descriptor opened for writing.",
            "Allocate with rdwr."),
        new(Reason.NoExecFilesystem, [Errno.EPERM], "do_mmap()",
            "This kernel keeps dma-bufs on a no-exec file system, so no mapping of one may be executable.",
            "Drop x."),
        new(Reason.ExporterCannotMmap, [Errno.EINVAL], "dma_buf_mmap_internal()",
            "The exporter of this buffer offers no mapping to the CPU at all, as protected heaps do.",
            "Let a device or a trusted application move the bytes. A rule for cpu opens mappings, under `generic` and "
                + "`carveout` one without in=; under `tee` none does."),
        new(Reason.BeyondBuffer, [Errno.EINVAL], "dma_buf_mmap_internal()",
            "The mapping reaches past the last page of the buffer.",
            "Map at most the buffer's size."),
        new(Reason.PrivateMappingRefused, [Errno.EINVAL], "cma_heap_mmap()",
            "This exporter accepts shared mappings only.",
            "Use shared."),
        new(Reason.PrivateSpansChunks, [Errno.EINVAL], "system_heap_mmap(), remap_pfn_range()",
            "A private mapping of page frames must be made in one piece: one page before 7.x, one physical "
                + "chunk from there on.",
            "Use shared, or map less."),
        new(Reason.WriteNotGranted, [Errno.EACCES], "mprotect_fixup()",
            "The mapping was made without the right to write and cannot get it later.",
            "Map with rw from a writable descriptor."),
        new(Reason.ExecNotGranted, [Errno.EACCES], "mprotect_fixup()",
            "The mapping lies on a no-exec file system and cannot become executable.",
            "Drop x."),
        new(Reason.NothingMapped, [Errno.EINVAL, Errno.ENOMEM, Errno.EFAULT], "find_vma()",
            "There is no mapping at that address: it was never made, or it is unmapped.",
            "Map first."),
        new(Reason.OutsideMapping, [Errno.EFAULT], "handle_mm_fault()",
            "The bytes lie outside the mapping. A program would get SIGSEGV; here the touch is made as a system "
                + "call would, and gives EFAULT.",
            "Stay inside the mapping."),
        new(Reason.MappingProtection, [Errno.EFAULT], "handle_mm_fault()",
            "The mapping does not allow this kind of access. A program would get SIGSEGV; here the touch is "
                + "made as a system call would, and gives EFAULT.",
            "Map with the protection that you need."),
        new(Reason.AttachmentUnknown, [Errno.EINVAL], "dma_buf_map_attachment()",
            "There is no such attachment: attach failed, or it is detached.",
            "Attach first."),
        new(Reason.DirectionOfCachedTable, [Errno.EBUSY], "dma_buf_map_attachment()",
            "The attachment keeps a table that was mapped for another direction.",
            "Map with the same direction, or bidirectional first."),
        new(Reason.ExporterCannotVmap, [Errno.EINVAL], "dma_buf_vmap()",
            "The exporter of this buffer offers no mapping to the kernel.",
            "Use a device that reaches the buffer by DMA."),
        new(Reason.AddressBeyondMask, [Errno.EIO, Errno.ENOMEM, Errno.EINVAL], "dma_direct_map_sg()",
            "A page of the buffer lies above the highest address that the device can put on the bus, there is "
                + "no IOMMU before it, and this machine has no bounce buffers.",
            "Place the buffer lower, widen the mask or put the device behind an IOMMU."),
        new(Reason.IovaExhausted, [Errno.ENOMEM, Errno.EINVAL], "alloc_iova()",
            "The IOMMU domain has no free range of that size at its natural alignment.",
            "Unmap something or widen the mask."),
        new(Reason.NotContiguous, [Errno.EFAULT, Errno.EINVAL],
            "vb2_dc_map_dmabuf(), drm_gem_dma_prime_import_sg_table()",
            "The device needs one run of addresses, and this buffer came to it in several.",
            "Allocate from a contiguous heap, or put the device behind an IOMMU."),
        new(Reason.SegmentTooLong, [Errno.EINVAL], "dma_map_sg()",
            "A segment is longer than the device's DMA engine can take.",
            "Use a heap with smaller chunks or raise max_segment."),
        new(Reason.ImportVmapFailed, [Errno.EFAULT], "vb2_vmalloc_map_dmabuf()",
            "This importer reaches buffers through a kernel mapping, and the exporter gives none.",
            "Use a device that does DMA."),
        new(Reason.NotMappedForDevice, [Errno.EFAULT], "dma_buf_map_attachment()",
            "The device has no addresses for this buffer: the attachment is not mapped.",
            "Map the attachment first."),
        new(Reason.OutsideAttachment, [Errno.EFAULT], "report_iommu_fault()",
            "The access lies outside the addresses that the mapping gave to the device.",
            "Stay inside the buffer."),
        new(Reason.DirectionForbids, [Errno.EFAULT], "dma_info_to_prot()",
            "The mapping's direction does not let the device do this: to_device is read by the device, "
                + "from_device is written by it.",
            "Map for the direction that the device uses."),
        new(Reason.CpuHasNoRight, [Errno.EACCES], "access rules of the heap",
            "No rule of the heap gives the CPU any right to this buffer.",
            "Add `allow cpu ...` to the heap if the CPU should have it; under `generic` name it in the flags."),
        new(Reason.CpuMayOnlyRead, [Errno.EACCES], "access rules of the heap",
            "The rules let the CPU read this buffer and not write it.",
            "Map with r and only read; writing needs a rule `allow cpu write`."),
        new(Reason.CpuMayOnlyWrite, [Errno.EACCES], "access rules of the heap",
            "The rules let the CPU write this buffer and not read it.",
            "Map with w and only write; reading needs a rule `allow cpu read`."),
        new(Reason.DeviceHasNoRight, [Errno.EACCES], "access rules of the heap",
            "No rule of the heap gives this device any right to this buffer.",
            "Add `allow MASTER ...` to the heap if it should have one; under `generic` name it in the flags, too. "
                + "Under `generic`, `carveout` and `tee` a right in= a region is none."),
        new(Reason.DeviceMayOnlyRead, [Errno.EACCES], "access rules of the heap",
            "The rules let this device read the buffer and not write it.",
            "Map to_device and only read; writing needs a rule `allow DEVICE write`."),
        new(Reason.DeviceMayOnlyWrite, [Errno.EACCES], "access rules of the heap",
            "The rules let this device write the buffer and not read it.",
            "Map from_device and only write; reading needs a rule `allow DEVICE read`."),
        new(Reason.OutsideRegion, [Errno.EACCES], "access rules of the heap",
            "The master has this right in a named region of the buffer only, and the access reaches outside it.",
            "Stay inside the region, or make it larger right after the allocation."),
        new(Reason.RegionUndefined, [Errno.EACCES], "access rules of the heap",
            "The master has this right in a named region only, and this buffer has no region of that name yet.",
            "Use `region b NAME OFFSET LENGTH` right after the allocation, before the buffer is attached or mapped."),
        new(Reason.NotSecure, [Errno.EACCES], "bus firewall",
            "The bytes are protected and the heap names no masters, so only secure masters may touch them.",
            "Declare the device with secure=yes, or give the heap rules."),
        new(Reason.ProcessGone, [Errno.ESRCH], "wait4()",
            "The process is dead or was never made.",
            "Fork it, or let a process that is alive make the call."),
        new(Reason.NothingToTake, [Errno.EAGAIN], "unix_stream_read_generic()",
            "No descriptor is waiting in the socket, and take does not wait.",
            "Send one first."),
        new(Reason.PeerGone, [Errno.EPIPE], "unix_stream_sendmsg()",
            "The process at the other end of the socket is dead.",
            "Send to a process that lives."),
        new(Reason.PathUnknown, [Errno.ENOENT], "do_sys_open()",
            "There is no pseudo-file of that path in this machine.",
            "See `help cat` for those that exist."),
        new(Reason.SendOnlyFromFirst, [Errno.EINVAL], "socketpair()",
            "The sockets join each process with the first one only.",
            "Use `send` in the first process and `give` in the others."),
        new(Reason.RegionOutsideBuffer, [Errno.EINVAL], "access rules of the heap",
            "The region reaches past the end of the buffer or is empty.",
            "Name bytes of the buffer."),
        new(Reason.HeapNameTaken, [Errno.EEXIST, Errno.EINVAL], "dma_heap_add()",
            "A heap of that name exists already, or the name is empty.",
            "Give each heap a name of its own."),
        new(Reason.TooManyHeaps, [Errno.EBUSY], "dma_heap_add()",
            "All 128 minor numbers of heap nodes are taken.",
            "Declare fewer heaps."),
        new(Reason.NoRulesHere, [Errno.EINVAL], "access rules of the heap",
            "The heap of this buffer has no access rules, so a region would mean nothing.",
            "Give the heap `allow` lines, or drop the region."),
        new(Reason.IoctlOfOtherFiles, [Errno.ENOTTY], "do_vfs_ioctl()",
            "The kernel answers this ioctl for every file itself, and a dma-buf is not of the kind that it is for.",
            "Use the numbers of linux/dma-buf.h."),
        new(Reason.FenceAlreadySignaled, [Errno.ENOENT, Errno.EINVAL], "dma_fence_add_callback(), dma_fence_signal()",
            "The fence has signalled already: there is nothing left to wait for, and it cannot signal twice.",
            "Go on with the work that was to wait."),
        new(Reason.TimeoutNegative, [Errno.EINVAL], "dma_fence_wait_timeout()",
            "A wait needs a timeout of zero or more and at least one fence.",
            "Pass zero to test, or a positive time."),
        new(Reason.NoSlotsAsked, [Errno.EINVAL], "dma_resv_reserve_fences()",
            "A reservation of slots for zero fences is a mistake of the driver, and this kernel says so.",
            "Reserve as many slots as fences will be added."),
        new(Reason.ReservationLocked, [Errno.EAGAIN, Errno.EINTR], "ww_mutex_lock()",
            "Another holds the lock, and the caller has to wait until it is let go.",
            "Let the holder unlock, then play the step again; `waits` tells who sleeps for whom."),
        new(Reason.LockHeldByContext, [Errno.EALREADY], "ww_mutex_lock()",
            "This acquire context holds the lock already. It is not taken a second time.",
            "Go on: the buffer is in the set twice."),
        new(Reason.MustBackOff, [Errno.EDEADLK], "ww_mutex_lock()",
            "An older acquire context holds or awaits the lock, and this one holds others: waiting could deadlock.",
            "Unlock everything, take this lock with lock_slow, then the rest with the same context."),
        new(Reason.BeyondChain, [Errno.EINVAL], "dma_fence_chain_find_seqno()",
            "The fence is not a chain, or the chain's newest node has a lower sequence number.",
            "Ask for a point that the timeline has reached."),
        new(Reason.NotASyncFile, [Errno.EINVAL, Errno.ENOENT], "sync_file_fdget()",
            "The descriptor in the argument is not open, or is not a sync_file.",
            "Pass a descriptor that came from a fence, a merge or an export."),
        new(Reason.SyncFieldNotZero, [Errno.EINVAL], "sync_file_ioctl()",
            "The fields flags and pad of the structure must be zero.",
            "Zero the structure."),
        new(Reason.TooFewFenceInfos, [Errno.EINVAL], "sync_file_ioctl_fence_info()",
            "There is room for some fences and the sync_file has more. Nothing is written, not even how many " +
            "there are.",
            "Ask with num_fences=0 first."),
        new(Reason.ArgumentUnwritable, [Errno.EFAULT], "copy_to_user()",
            "The memory for the answer cannot be written by the process.",
            "Pass a pointer to writable memory."),
        new(Reason.NotASwSyncFence, [Errno.EINVAL], "sw_sync_ioctl_get_deadline()",
            "Only a fence of a software timeline remembers a deadline; an array or a stub does not.",
            "Ask for one of the fences inside."),
        new(Reason.NoDeadlineSet, [Errno.ENOENT], "sw_sync_ioctl_get_deadline()",
            "Nobody has set a deadline on this fence while it was pending.",
            "Use set_deadline first."),
        new(Reason.SyncIoctlUnknown, [Errno.ENOTTY], "sync_file_ioctl(), sw_sync_ioctl()",
            "The ioctl number, compared with all its 32 bits, is not one that this kind of file knows in this kernel.",
            "Use the numbers of linux/sync_file.h; deadlines exist from 6.4 on."),
        new(Reason.FileCannotSeek, [Errno.ESPIPE], "no_llseek()",
            "This kind of file has no position.",
            "Nothing to seek for: its state comes by ioctl and poll."),
        new(Reason.FileCannotMap, [Errno.ENODEV], "do_mmap()",
            "This kind of file has no memory to map.",
            "Map a dma-buf."),
        .. MakeMemfdTexts(),
        new(Reason.FencePending, [Errno.EINTR, Errno.EAGAIN, Errno.EINVAL], "dma_resv_wait_timeout()",
            "A fence is pending, and only somebody else can make it signal. Linux sleeps; here the call answers as one "
                + "that a signal has interrupted. Only a driver's `wait` sleeps on.",
            "Let the fence signal first, or poll until the buffer is ready."),
        new(Reason.FenceDetached, [], "dma_fence_signal()",
            "The fence has signalled, and this kernel has dropped the operations of its driver. Code that reads them "
                + "without the accessors meets a null pointer, and the process that runs it is killed.",
            "Read the names with dma_fence_driver_name() and dma_fence_timeline_name()."),
        new(Reason.AcquireUnknown, [Errno.EINVAL], "ww_acquire_init()",
            "There is no such acquire context: it was never made, or it is finished.",
            "Make one with acquire."),
        new(Reason.DriverAsleep, [Errno.EAGAIN], "schedule()",
            "The driver's code in this process sleeps in an earlier call, and can make no other.",
            "See `waits` for what it sleeps for; make the same call again to learn how it ended."),
        .. MakeAreaTexts(),
        .. MakeGuardTexts(),
    ];

    private static readonly string[] Words = MakeWords();

    /// <summary>The texts of a reason.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reason is <see cref="Reason.None"/> or unknown.</exception>
    public static ReasonText Of(Reason reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)reason, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)reason, All.Length);
        return All[(int)reason - 1];
    }

    internal static string WordOf(Reason reason) => Words[(int)reason];

    private static string[] MakeWords()
    {
        string[] names = Enum.GetNames<Reason>();
        for (int i = 0; i < names.Length; i++)
        {
            StringBuilder word = new();
            foreach (char c in names[i])
            {
                if (char.IsAsciiLetterUpper(c) && word.Length > 0)
                {
                    word.Append('-');
                }

                word.Append(char.ToLowerInvariant(c));
            }

            names[i] = word.ToString();
        }

        return names;
    }
}
