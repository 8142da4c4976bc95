namespace DmaBufSim.Abi;

/// <summary>
/// The rule that decided an outcome other than success. Scenario files write it as <c>reason=the-word</c>.
/// </summary>
/// <remarks>
/// The default value is <see cref="None"/>. <see cref="ReasonText"/> has the word, the kernel function and an
/// explanation of each.
/// </remarks>
public enum Reason
{
    /// <summary>Nothing was refused.</summary>
    None,
    /// <summary>The number is not an open descriptor of this process. An unbound name counts as -1.</summary>
    DescriptorNotOpen,
    /// <summary>The descriptor is open but belongs to another kind of file.</summary>
    NotADmaBuf,
    /// <summary>The descriptor was opened without the right to read, which every mapping needs.</summary>
    FileNotReadable,
    /// <summary>The descriptor was opened without the right to write.</summary>
    FileNotWritable,
    /// <summary>A dma-buf has no read, write or truncate: its bytes are reached by mmap and by devices.</summary>
    NoFileOperation,
    /// <summary>A dma-buf answers only two seeks: offset 0 from the start and offset 0 from the end.</summary>
    SeekOnlyToEnds,
    /// <summary>There is no /dev/dma_heap node of that name.</summary>
    HeapUnknown,
    /// <summary>The argument points to memory that the process cannot read. That is looked at first.</summary>
    ArgumentUnreadable,
    /// <summary>The fd field of the request must be zero on the way in.</summary>
    FdFieldNotZero,
    /// <summary>fd_flags may hold O_CLOEXEC and the access mode, and no other bit.</summary>
    FdFlagsUnknown,
    /// <summary>No heap flag is defined in any kernel, so heap_flags must be zero.</summary>
    HeapFlagsNotZero,
    /// <summary>The length is zero, or becomes zero when it is rounded up to whole pages.</summary>
    LengthZero,
    /// <summary>The process has no free descriptor number. An allocation finds that out last.</summary>
    DescriptorTableFull,
    /// <summary>The buddy allocator has no free block left, not even a single page outside the CMA areas.</summary>
    OutOfMemory,
    /// <summary>No run of free pages in the area is long enough at the alignment that the request needs.</summary>
    NoContiguousRun,
    /// <summary>The request has more pages than the whole area.</summary>
    LargerThanArea,
    /// <summary>No run of free pages in the pool is long enough.</summary>
    PoolFull,
    /// <summary>The ioctl number, compared with all its 32 bits, is not one that a dma-buf knows.</summary>
    IoctlUnknown,
    /// <summary>The sync flags have a bit outside read, write and end.</summary>
    SyncFlagsUnknown,
    /// <summary>The sync names neither read nor write.</summary>
    SyncWithoutDirection,
    /// <summary>A buffer name has at most 31 bytes and an ending zero.</summary>
    NameTooLong,
    /// <summary>The offset of a mapping must be a multiple of the page size.</summary>
    OffsetUnaligned,
    /// <summary>The length, rounded up to pages, does not fit the address space.</summary>
    LengthTooLarge,
    /// <summary>Offset plus length wraps around.</summary>
    OffsetOverflow,
    /// <summary>The flags hold neither shared, private nor shared_validate.</summary>
    MapTypeMissing,
    /// <summary>The file does not support a flag of the mapping.</summary>
    MapFlagUnsupported,
    /// <summary>A shared mapping that writes needs a descriptor opened for writing.</summary>
    SharedWriteNeedsWritableFile,
    /// <summary>This kernel keeps dma-bufs on a no-exec file system, so no mapping of one may be executable.</summary>
    NoExecFilesystem,
    /// <summary>The exporter of this buffer offers no mapping to the CPU at all, as protected heaps do.</summary>
    ExporterCannotMmap,
    /// <summary>The mapping reaches past the last page of the buffer.</summary>
    BeyondBuffer,
    /// <summary>This exporter accepts shared mappings only.</summary>
    PrivateMappingRefused,
    /// <summary>A private mapping must be one page before 7.x, and one physical chunk from there on.</summary>
    PrivateSpansChunks,
    /// <summary>The mapping was made without the right to write and cannot get it later.</summary>
    WriteNotGranted,
    /// <summary>The mapping lies on a no-exec file system and cannot become executable.</summary>
    ExecNotGranted,
    /// <summary>There is no mapping at that address: it was never made, or it is unmapped.</summary>
    NothingMapped,
    /// <summary>The bytes lie outside the mapping.</summary>
    OutsideMapping,
    /// <summary>The mapping does not allow this kind of access.</summary>
    MappingProtection,
    /// <summary>There is no such attachment: attach failed, or it is detached.</summary>
    AttachmentUnknown,
    /// <summary>The attachment keeps a table that was mapped for another direction.</summary>
    DirectionOfCachedTable,
    /// <summary>The exporter of this buffer offers no mapping to the kernel.</summary>
    ExporterCannotVmap,
    /// <summary>A page of the buffer lies above the highest address that the device can put on the bus.</summary>
    AddressBeyondMask,
    /// <summary>The IOMMU domain has no free range of that size at its natural alignment.</summary>
    IovaExhausted,
    /// <summary>The device needs one run of addresses, and this buffer came to it in several.</summary>
    NotContiguous,
    /// <summary>A segment is longer than the device's DMA engine can take.</summary>
    SegmentTooLong,
    /// <summary>This importer reaches buffers through a kernel mapping, and the exporter gives none.</summary>
    ImportVmapFailed,
    /// <summary>The device has no addresses for this buffer: the attachment is not mapped.</summary>
    NotMappedForDevice,
    /// <summary>The access lies outside the addresses that the mapping gave to the device.</summary>
    OutsideAttachment,
    /// <summary>The mapping's direction does not let the device do this.</summary>
    DirectionForbids,
    /// <summary>No rule of the heap gives the CPU any right to this buffer.</summary>
    CpuHasNoRight,
    /// <summary>The rules let the CPU read this buffer and not write it.</summary>
    CpuMayOnlyRead,
    /// <summary>The rules let the CPU write this buffer and not read it.</summary>
    CpuMayOnlyWrite,
    /// <summary>No rule of the heap gives this device any right to this buffer.</summary>
    DeviceHasNoRight,
    /// <summary>The rules let this device read the buffer and not write it.</summary>
    DeviceMayOnlyRead,
    /// <summary>The rules let this device write the buffer and not read it.</summary>
    DeviceMayOnlyWrite,
    /// <summary>The master has this right in a named region only, and the access reaches outside it.</summary>
    OutsideRegion,
    /// <summary>The master has this right in a named region only, and the buffer has none of that name yet.</summary>
    RegionUndefined,
    /// <summary>The bytes are protected and the heap names no masters, so only secure masters may touch them.</summary>
    NotSecure,
    /// <summary>The process is dead or was never made.</summary>
    ProcessGone,
    /// <summary>No descriptor is waiting in the socket, and take does not wait.</summary>
    NothingToTake,
    /// <summary>The process at the other end of the socket is dead.</summary>
    PeerGone,
    /// <summary>There is no pseudo-file of that path in this machine.</summary>
    PathUnknown,
    /// <summary>The sockets join each process with the first one only.</summary>
    SendOnlyFromFirst,
    /// <summary>The region reaches past the end of the buffer or is empty.</summary>
    RegionOutsideBuffer,
    /// <summary>A heap of that name exists already, or the name is empty.</summary>
    HeapNameTaken,
    /// <summary>All 128 minor numbers of heap nodes are taken.</summary>
    TooManyHeaps,
    /// <summary>The heap of this buffer has no access rules, so a region would mean nothing.</summary>
    NoRulesHere,
    /// <summary>The kernel answers this ioctl for every file itself, and it is not for a dma-buf.</summary>
    IoctlOfOtherFiles,
    /// <summary>The fence has signalled already: there is nothing left to wait for.</summary>
    FenceAlreadySignaled,
    /// <summary>A wait needs a timeout of zero or more and at least one fence.</summary>
    TimeoutNegative,
    /// <summary>A reservation of slots for zero fences is a mistake of the driver, and this kernel says so.</summary>
    NoSlotsAsked,
    /// <summary>Another holds the lock, and the caller has to wait until it is let go.</summary>
    ReservationLocked,
    /// <summary>This acquire context holds the lock already. It is not taken a second time.</summary>
    LockHeldByContext,
    /// <summary>An older acquire context holds or awaits the lock, and this one holds others.</summary>
    MustBackOff,
    /// <summary>The fence is not a chain, or the chain's newest node has a lower sequence number.</summary>
    BeyondChain,
    /// <summary>The descriptor in the argument is not open, or is not a sync_file.</summary>
    NotASyncFile,
    /// <summary>The fields flags and pad of the structure must be zero.</summary>
    SyncFieldNotZero,
    /// <summary>There is room for some fences and the sync_file has more. Nothing is written.</summary>
    TooFewFenceInfos,
    /// <summary>The memory for the answer cannot be written by the process.</summary>
    ArgumentUnwritable,
    /// <summary>Only a fence of a software timeline remembers a deadline; an array or a stub does not.</summary>
    NotASwSyncFence,
    /// <summary>Nobody has set a deadline on this fence while it was pending.</summary>
    NoDeadlineSet,
    /// <summary>This kind of file does not know the ioctl number in this kernel.</summary>
    SyncIoctlUnknown,
    /// <summary>This kind of file has no position.</summary>
    FileCannotSeek,
    /// <summary>This kind of file has no memory to map.</summary>
    FileCannotMap,
    /// <summary>A seal of the memfd rules it out: shrink, grow or write.</summary>
    SealForbids,
    /// <summary>The memfd has the seal seal, or was made without the right to be sealed.</summary>
    SealsSealed,
    /// <summary>This kernel knows no seal with that bit.</summary>
    SealUnknown,
    /// <summary>The seal write needs a memfd that nobody can write and whose pages no udmabuf holds.</summary>
    MemfdInUse,
    /// <summary>Only a memfd can be sealed.</summary>
    NotAMemfd,
    /// <summary>The position is below zero or past the largest size, or data and holes are past the end.</summary>
    SeekOutsideFile,
    /// <summary>The page lies past the end of the memfd.</summary>
    BeyondMemfd,
    /// <summary>This kind of file has no ioctl of its own.</summary>
    FileHasNoIoctl,
    /// <summary>Offset and size must be multiples of the page size.</summary>
    UdmabufUnaligned,
    /// <summary>All stretches together are more than the module parameter size_limit_mb allows.</summary>
    UdmabufTooLarge,
    /// <summary>The list has more stretches than the module parameter list_limit allows.</summary>
    UdmabufListTooLong,
    /// <summary>The buffer, or one of its stretches, has no byte.</summary>
    UdmabufEmpty,
    /// <summary>The descriptor in the argument is not open, or is not a memfd.</summary>
    UdmabufNotAMemfd,
    /// <summary>The memfd must have the seal shrink, and neither write nor future_write.</summary>
    UdmabufSeals,
    /// <summary>The stretch reaches past the end of the memfd.</summary>
    UdmabufBeyondMemfd,
    /// <summary>A udmabuf has nothing to end before the first begin of a CPU access.</summary>
    CpuAccessNotBegun,
    /// <summary>A fence is pending, and only somebody else can make it signal.</summary>
    FencePending,
    /// <summary>The fence has signalled, and this kernel has dropped the operations of its driver.</summary>
    FenceDetached,
    /// <summary>There is no such acquire context: it was never made, or it is finished.</summary>
    AcquireUnknown,
    /// <summary>The driver's code in this process sleeps in an earlier call, and can make no other.</summary>
    DriverAsleep,
    /// <summary>Every window that the area could offer has a pinned page in it, which cannot be moved away.</summary>
    PagesPinned,
    /// <summary>
    /// Movable pages are in the way, and the rest of memory has no page free to take one more of them.
    /// </summary>
    NoRoomToMigrate,
    /// <summary>The area has no such page, or there is no area.</summary>
    PageOutsideArea,
    /// <summary>The page is handed out by the area, or holds memory of another mapping.</summary>
    PageNotIdle,
    /// <summary>The mapping has no page at this place of the area, or the page has 255 pins already.</summary>
    PageNotPinnable,
    /// <summary>The buffers of this heap do not come from a CMA area one by one.</summary>
    HeapHasNoArea,
    /// <summary>Page blocks of every window that was tried are isolated by another allocation.</summary>
    BlocksIsolated,
    /// <summary>The hardware that protects has no region, or no context, left.</summary>
    GuardIsFull,
    /// <summary>The bytes do not begin or end where the hardware that protects can draw a line.</summary>
    GranuleMissed,
    /// <summary>The rules differ for two masters that the hardware cannot tell apart.</summary>
    MastersShareId,
    /// <summary>The link behind the device is not protected, so it may read no protected byte.</summary>
    LinkNotProtected,
    /// <summary>The use that the heap was for has ended, and its buffers serve nobody.</summary>
    UseCaseEnded,
    /// <summary>The device is not in the configuration, secure or non-secure, that the bytes need.</summary>
    WrongConfiguration,
    /// <summary>Somebody may read where the bytes go to who may not read where they come from.</summary>
    OutputLessProtected,
    /// <summary>Who reads is decided when a writer attaches, and none has.</summary>
    WriterNotKnown,
    /// <summary>The carveout of this use did not fit into memory at boot.</summary>
    CarveoutMissing,
    /// <summary>The buffer is meant to be protected and is not yet, so the trusted application keeps away.</summary>
    TaRefuses,
    /// <summary>The device has given back no mapping whose addresses it could still use.</summary>
    NothingStale,
    /// <summary>The hardware that protects does not see the master, so nothing could keep it to its rights.</summary>
    MasterNotSeen,
    /// <summary>Somebody else allocated the buffer, and only the allocator says where its regions are.</summary>
    RegionNotYours,
    /// <summary>The buffer is in use, so its regions stay where they are.</summary>
    RegionTooLate,
}
