using System.Collections.Immutable;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>What <see cref="VerbTable"/> is made of.</summary>
internal static partial class VerbList
{
    private static readonly Parameter Buffer = new("b", ParameterKind.Descriptor);
    private static readonly Parameter Attachment = new("a", ParameterKind.Attachment);
    private static readonly Parameter Vmapped = new("v", ParameterKind.Vmap);
    private static readonly Parameter Mapped = new("m", ParameterKind.Mapping);
    private static readonly Parameter Visible = new("m", ParameterKind.MappingOrVmap);
    private static readonly Parameter Process = new("PROCESS", ParameterKind.Process);
    private static readonly Parameter Heap = new("HEAP", ParameterKind.Heap);
    private static readonly Parameter Offset = new("OFFSET", ParameterKind.Bytes);
    private static readonly Parameter Length = new("LENGTH", ParameterKind.Bytes);
    private static readonly Parameter Value = new("BYTE", ParameterKind.Byte);
    private static readonly Parameter Direction = new("DIR", ParameterKind.Direction);
    private static readonly Parameter File = new("x", ParameterKind.AttachmentOrDescriptor);
    private static readonly Parameter Fence = new("f", ParameterKind.Descriptor);
    private static readonly Parameter Timeline = new("t", ParameterKind.Descriptor);
    private static readonly Parameter Usage = new("USAGE", ParameterKind.ResvUsage);
    private static readonly Parameter JobOffset = Offset with { Optional = true };
    private static readonly Parameter JobLength = Length with { Optional = true, Together = true };

    public static List<Verb> Make()
    {
        List<Verb> verbs = [];
        AddDescriptors(verbs);
        AddUdmabuf(verbs);
        AddMappings(verbs);
        AddImporters(verbs);
        AddFences(verbs);
        AddDrivers(verbs);
        AddProcesses(verbs);
        AddViews(verbs);
        AddAreas(verbs);
        AddSecure(verbs);
        return verbs;
    }

    private static void Add(
        List<Verb> verbs,
        string name,
        Produces produces,
        ImmutableArray<Parameter> parameters,
        string summary,
        string kernel,
        StepAction action,
        string outcome = "",
        bool takesUnboundNames = false) =>
        verbs.Add(new Verb(name, produces, parameters, summary, kernel, outcome)
        {
            Action = action,
            TakesUnboundNames = takesUnboundNames,
        });

    private static Parameter Key(string key, ParameterKind kind) => new(key.ToUpperInvariant(), kind, Keyword: key);

    private static void AddDescriptors(List<Verb> verbs)
    {
        Parameter flags = new("FDFLAGS", ParameterKind.FdFlags, Optional: true);
        Parameter heapFlags = new("HEAPFLAGS", ParameterKind.Number, Optional: true);
        Add(verbs, "alloc", Produces.Descriptor, [Heap, new("LEN", ParameterKind.Bytes), flags, heapFlags],
            "Allocates a buffer from a heap.", "DMA_HEAP_IOCTL_ALLOC", DescriptorActions.Allocate, "size=");
        Add(verbs, "alloc_raw", Produces.Descriptor,
            [
                Heap,
                Key("len", ParameterKind.Bytes),
                Key("fd", ParameterKind.Number),
                Key("fd_flags", ParameterKind.FdFlags),
                Key("heap_flags", ParameterKind.Number),
                Key("argsize", ParameterKind.Number),
            ],
            "Allocates with every field of the request given.", "DMA_HEAP_IOCTL_ALLOC",
            DescriptorActions.AllocateRaw, "fd=");
        Add(verbs, "ioctl", Produces.Nothing,
            [Buffer, new("NUMBER", ParameterKind.Number), new("ARG", ParameterKind.Number)],
            "Makes an ioctl by its number; ARG 0 is a null pointer.", "ioctl()", DescriptorActions.Ioctl);
        Add(verbs, "dup", Produces.Descriptor, [Buffer],
            "Makes a second descriptor of the same file.", "F_DUPFD_CLOEXEC", DescriptorActions.Duplicate);
        Add(verbs, "close", Produces.Nothing, [Buffer],
            "Closes a descriptor and unbinds its name.", "close()", DescriptorActions.Close);
        Add(verbs, "getfl", Produces.Nothing, [Buffer],
            "Tells the access mode and the file's flags.", "F_GETFL", DescriptorActions.GetFileFlags, "flags");
        Add(verbs, "getfd", Produces.Nothing, [Buffer],
            "Tells the descriptor's flags.", "F_GETFD", DescriptorActions.GetDescriptorFlags, "cloexec or none");
        Add(verbs, "lseek", Produces.Nothing, [Buffer, Offset, new("WHENCE", ParameterKind.Whence)],
            "Moves the file position; `lseek b 0 end` tells the size.", "dma_buf_llseek()",
            DescriptorActions.Seek, "the new offset");
        Add(verbs, "read", Produces.Nothing, [File, JobOffset, JobLength],
            "With one word the file call; with three the device reads bytes through its addresses.",
            "read(), or the device's DMA engine", ImporterActions.Read, "of a device: first= fnv1a=");
        Add(verbs, "write", Produces.Nothing, [File, JobOffset, JobLength, Value with { Optional = true }],
            "With one word the file call; otherwise the device writes bytes through its addresses.",
            "write(), or the device's DMA engine", ImporterActions.Write);
        Add(verbs, "ftruncate", Produces.Nothing, [Buffer, Length],
            "Sets the size of a file.", "ftruncate()", DescriptorActions.Truncate);
        Add(verbs, "fstat", Produces.Nothing, [Buffer],
            "Tells the inode's fields.", "fstat()", DescriptorActions.Stat, "size= blocks= mode= nlink=");
        Add(verbs, "same", Produces.Nothing, [Buffer, Buffer with { Name = "d" }],
            "Tells whether two descriptors are of one inode.", "fstat()", DescriptorActions.Same, "yes or no");
        Add(verbs, "fdinfo", Produces.Nothing, [Buffer],
            "Tells what /proc says of a descriptor.", "dma_buf_show_fdinfo()",
            DescriptorActions.FdInfo, "flags= size= count= exp_name= name=");
        Add(verbs, "sync", Produces.Nothing, [Buffer, new("FLAGS", ParameterKind.SyncFlags)],
            "Begins or ends an access of the CPU.", "DMA_BUF_IOCTL_SYNC", DescriptorActions.Sync);
        Add(verbs, "set_name", Produces.Nothing, [Buffer, new("NAME", ParameterKind.Text)],
            "Names a buffer for the debug views.", "DMA_BUF_SET_NAME_B", DescriptorActions.SetName);
        Add(verbs, "region", Produces.Nothing, [Buffer, new("NAME", ParameterKind.Region), Offset, Length],
            "Names bytes of a buffer, for access rules with in=.", "none: access rules of the heap",
            DescriptorActions.DefineRegion);
    }

    private static void AddUdmabuf(List<Verb> verbs)
    {
        Parameter memfd = new("u", ParameterKind.Descriptor);
        Parameter seals = new("SEALS", ParameterKind.Seals);
        Parameter flags = new("FLAGS", ParameterKind.UdmabufFlags, Optional: true);
        Add(verbs, "memfd", Produces.Descriptor, [new("SIZE", ParameterKind.Bytes), seals],
            "Makes a file of memory without a name, sets its size, then its seals.",
            "memfd_create(), ftruncate(), F_ADD_SEALS", UdmabufActions.Memfd);
        Add(verbs, "add_seals", Produces.Nothing, [memfd, seals],
            "Rules out changes of a memfd for good.", "F_ADD_SEALS", UdmabufActions.AddSeals);
        Add(verbs, "udmabuf", Produces.Descriptor,
            [memfd, Offset, new("SIZE", ParameterKind.Bytes), flags],
            "Makes a buffer of pages that a memfd has.", "UDMABUF_CREATE", UdmabufActions.Create, "size=");
        Add(verbs, "udmabuf_list", Produces.Descriptor,
            [new("u:OFFSET:SIZE,...", ParameterKind.UdmabufItems), flags],
            "Makes a buffer of stretches of memfds, one behind the other; none is an empty list.",
            "UDMABUF_CREATE_LIST", UdmabufActions.CreateList, "size=");
    }

    private static void AddMappings(List<Verb> verbs)
    {
        Parameter protection = new("PROT", ParameterKind.Protection);
        Add(verbs, "mmap", Produces.Mapping,
            [Buffer, Offset, Length, protection, new("FLAGS", ParameterKind.MapFlags)],
            "Maps a buffer into the process.", "dma_buf_mmap_internal()", MappingActions.Map);
        Add(verbs, "munmap", Produces.Nothing, [Mapped, JobOffset, JobLength],
            "Takes a mapping away and unbinds its name, or takes a part of it away.", "munmap()", MappingActions.Unmap);
        Add(verbs, "mprotect", Produces.Nothing, [Mapped, protection],
            "Changes the protection of a whole mapping.", "mprotect()", MappingActions.Protect);
        Add(verbs, "fill", Produces.Nothing, [Visible, Offset, Length, Value],
            "Writes a byte over a range.", "memset()", MappingActions.Fill);
        Add(verbs, "hash", Produces.Nothing, [Visible, Offset, Length],
            "Reads a range: its first byte and the FNV-1a hash.", "a load of the program",
            MappingActions.Hash, "first= fnv1a=");
    }

    private static void AddImporters(List<Verb> verbs)
    {
        Add(verbs, "attach", Produces.Attachment,
            [new("DEVICE", ParameterKind.Device), Buffer, new("WORDS", ParameterKind.AttachWords, Optional: true)],
            "Attaches a device to a buffer.", "dma_buf_attach(), dma_buf_dynamic_attach()", ImporterActions.Attach);
        Add(verbs, "map", Produces.Nothing, [Attachment, Direction],
            "Gives the device addresses for the buffer.",
            "dma_buf_map_attachment_unlocked()", ImporterActions.Map, "nents= lengths= area_page=");
        Add(verbs, "unmap", Produces.Nothing, [Attachment],
            "Takes the addresses away.", "dma_buf_unmap_attachment_unlocked()", ImporterActions.Unmap);
        Add(verbs, "pin", Produces.Pin,
            [
                new("x", ParameterKind.AttachmentOrTenant),
                new("PAGE", ParameterKind.Number, Optional: true),
            ],
            "With one word asks the exporter not to move the buffer; with two takes a reference on a mapping's page.",
            "dma_buf_pin(), or get_user_pages()", AreaActions.Pin);
        Add(verbs, "unpin", Produces.Nothing, [new("x", ParameterKind.AttachmentOrPin)],
            "Lets the exporter move the buffer again, or drops a reference on a page and unbinds its name.",
            "dma_buf_unpin(), or put_page()", AreaActions.Unpin);
        Add(verbs, "detach", Produces.Nothing, [Attachment],
            "Detaches the device, drops its reference and unbinds the name.", "dma_buf_detach(), dma_buf_put()",
            ImporterActions.Detach);
        Add(verbs, "unbind", Produces.Nothing, [new("DEVICE", ParameterKind.Device)],
            "The driver of a device unmaps and detaches all that it holds, whoever had asked for it.",
            "device_release_driver(), or the release of its last file", ImporterActions.Unbind, "held=");
        Add(verbs, "vmap", Produces.Vmap, [Buffer],
            "Maps a buffer into the kernel.", "dma_buf_vmap_unlocked()", ImporterActions.Vmap);
        Add(verbs, "vunmap", Produces.Nothing, [Vmapped],
            "Takes a kernel mapping away and unbinds its name.", "dma_buf_vunmap_unlocked()", ImporterActions.Vunmap);
        Add(verbs, "begin_cpu", Produces.Nothing, [Buffer, Direction],
            "The kernel is about to touch the bytes.", "dma_buf_begin_cpu_access()", ImporterActions.BeginCpuAccess);
        Add(verbs, "end_cpu", Produces.Nothing, [Buffer, Direction],
            "The kernel has touched the bytes.", "dma_buf_end_cpu_access()", ImporterActions.EndCpuAccess);
        Add(verbs, "move_notify", Produces.Nothing, [Buffer],
            "The exporter tells its dynamic importers that the buffer moved.", "dma_buf_move_notify()",
            ImporterActions.MoveNotify);
    }

    private static void AddFences(List<Verb> verbs)
    {
        Parameter access = new("FLAGS", ParameterKind.AccessFlags);
        Parameter flags = Key("flags", ParameterKind.Number) with { Optional = true };
        Parameter pad = Key("pad", ParameterKind.Number) with { Optional = true };
        Parameter room = Key("num_fences", ParameterKind.Number) with { Optional = true };
        Parameter name = new("NAME", ParameterKind.Text);
        Add(verbs, "timeline", Produces.Descriptor, [],
            "Opens a software timeline, which starts at 0.", "sw_sync_debugfs_open()", FenceActions.OpenTimeline);
        Add(verbs, "fence", Produces.Descriptor, [Timeline, new("VALUE", ParameterKind.Number), name],
            "Makes a fence that signals when the timeline reaches a value; the name is not looked at.",
            "SW_SYNC_IOC_CREATE_FENCE", FenceActions.CreateFence);
        Add(verbs, "inc", Produces.Nothing, [Timeline, new("N", ParameterKind.Number)],
            "Moves a timeline forward, which signals the fences on the way.", "SW_SYNC_IOC_INC",
            FenceActions.Increment);
        Add(verbs, "deadline", Produces.Nothing, [Timeline, Fence],
            "Tells the earliest deadline that was set on a fence of any software timeline.",
            "SW_SYNC_GET_DEADLINE", FenceActions.GetDeadline, "the deadline");
        Add(verbs, "merge", Produces.Descriptor, [Fence, Fence with { Name = "g" }, name, flags, pad],
            "Makes a sync_file that signals when two have.", "SYNC_IOC_MERGE", FenceActions.Merge);
        Add(verbs, "info", Produces.Nothing, [Fence, room, flags, pad],
            "Tells the state of the fences of a sync_file, with room for 64 where nothing is said.",
            "SYNC_IOC_FILE_INFO", FenceActions.Info, "name= status= num_fences=, and each fence");
        Add(verbs, "set_deadline", Produces.Nothing, [Fence, new("NS", ParameterKind.Number), pad],
            "Hints that a sync_file should signal by a time.", "SYNC_IOC_SET_DEADLINE", FenceActions.SetDeadline);
        Add(verbs, "export_sync", Produces.Descriptor, [Buffer, access],
            "Makes a sync_file of what an access has to wait for now.", "DMA_BUF_IOCTL_EXPORT_SYNC_FILE",
            FenceActions.Export);
        Add(verbs, "import_sync", Produces.Nothing, [Buffer, access, Fence],
            "Makes a buffer wait for the fences of a sync_file.", "DMA_BUF_IOCTL_IMPORT_SYNC_FILE",
            FenceActions.Import);
        Add(verbs, "poll", Produces.Nothing, [File with { Kind = ParameterKind.Descriptor },
            new("EVENTS", ParameterKind.PollEvents)],
            "Tells what of a file is ready, without waiting; what is not leaves a callback that holds the buffer.",
            "dma_buf_poll(), sync_file_poll()", FenceActions.Poll, "the events, or none", takesUnboundNames: true);
        Add(verbs, "fences", Produces.Nothing, [Buffer, Usage],
            "A driver lists the fences of a buffer up to a usage.", "dma_resv_for_each_fence()",
            FenceActions.Fences, "DRIVER:SEQNO:USAGE:pending or signaled, each fence");
        Add(verbs, "signaled", Produces.Nothing, [Buffer, Usage],
            "A driver asks whether no fence up to a usage is pending.", "dma_resv_test_signaled()",
            FenceActions.TestSignaled, "yes or no");
        Add(verbs, "add_fence", Produces.Nothing, [Buffer, Usage, Fence],
            "A driver adds the fence of a sync_file to a buffer, as it is.", "dma_resv_add_fence()",
            FenceActions.AddFence);
    }

    private static void AddDrivers(List<Verb> verbs)
    {
        Parameter context = new("c", ParameterKind.Acquire);
        Add(verbs, "acquire", Produces.Acquire, [],
            "A driver begins to lock a set of reservations.", "ww_acquire_init()", DriverActions.Acquire);
        Add(verbs, "lock", Produces.Nothing, [Buffer, context with { Optional = true }],
            "A driver locks a reservation, alone or as one of a set.", "dma_resv_lock()", DriverActions.Lock);
        Add(verbs, "lock_slow", Produces.Nothing, [Buffer, context],
            "A driver that backed off begins again with the lock that it could not get.", "dma_resv_lock_slow()",
            DriverActions.LockSlow);
        Add(verbs, "unlock", Produces.Nothing, [Buffer],
            "A driver unlocks a reservation; the first who sleeps for it gets it.", "dma_resv_unlock()",
            DriverActions.Unlock);
        Add(verbs, "done", Produces.Nothing, [context],
            "A driver has locked its whole set.", "ww_acquire_done()", DriverActions.Done);
        Add(verbs, "fini", Produces.Nothing, [context],
            "A driver has unlocked its set; the name is unbound.", "ww_acquire_fini()", DriverActions.Finish);
        Add(verbs, "wait", Produces.Nothing, [File with { Kind = ParameterKind.Descriptor },
            Usage with { Optional = true }],
            "A driver sleeps for the fences of a buffer up to a usage, or for that of a sync_file.",
            "dma_resv_wait_timeout(), dma_fence_wait()", DriverActions.Wait);
        Add(verbs, "begin_signalling", Produces.Nothing, [Fence],
            "From here on a driver is on the way to signal a fence.", "dma_fence_begin_signalling()",
            DriverActions.BeginSignalling);
        Add(verbs, "end_signalling", Produces.Nothing, [Fence],
            "The driver has come to the signal.", "dma_fence_end_signalling()", DriverActions.EndSignalling);
    }

    private static void AddProcesses(List<Verb> verbs)
    {
        Add(verbs, "fork", Produces.Nothing, [Process],
            "Makes a process that starts as a copy.", "fork()", ProcessActions.Fork);
        Add(verbs, "kill", Produces.Nothing, [Process], "Ends a process.", "SIGKILL, wait4()", ProcessActions.Kill);
        Add(verbs, "send", Produces.Nothing, [Process, Buffer],
            "The first process passes a descriptor to another.", "SCM_RIGHTS", ProcessActions.Send);
        Add(verbs, "take", Produces.Descriptor, [Process with { Optional = true }],
            "Receives a descriptor, without waiting: from the first process, or in it from the process that is named.",
            "SCM_RIGHTS", ProcessActions.Take);
        Add(verbs, "give", Produces.Nothing, [Buffer],
            "Passes a descriptor to the first process.", "SCM_RIGHTS", ProcessActions.Give);
    }

    private static void AddViews(List<Verb> verbs)
    {
        Add(verbs, "cat", Produces.Nothing, [new("PATH", ParameterKind.Path)],
            "Prints a pseudo-file of /proc, /sys or debugfs.", "the file's show function", ViewActions.Cat);
        Add(verbs, "holders", Produces.Nothing, [Buffer with { Kind = ParameterKind.Buffer }],
            "Prints who holds a buffer; a name that was closed still leads to its buffer.", "none",
            ViewActions.Holders);
        Add(verbs, "buffers", Produces.Nothing, [], "Prints every buffer that is alive.", "none", ViewActions.Buffers);
        Add(verbs, "heaps", Produces.Nothing, [],
            "Prints the heaps and what is free in them.", "none", ViewActions.Heaps);
        Add(verbs, "waits", Produces.Nothing, [],
            "Prints which driver sleeps for whom, and whether in a circle.", "none", ViewActions.Waits);
        Add(verbs, "warnings", Produces.Nothing, [],
            "Prints the warnings of the kernel so far.", "WARN()", ViewActions.Warnings);
    }

    private static void AddAreas(List<Verb> verbs)
    {
        verbs.Add(new Verb(
            "given",
            Produces.Nothing,
            [
                new("movable", ParameterKind.MovableWord),
                new("w", ParameterKind.Tenant),
                new("PAGES", ParameterKind.PageRuns),
                new("AREA", ParameterKind.Area, Optional: true),
            ],
            "Says which pages of an area hold movable memory of the mapping w from now on.",
            "none: where the page allocator put them",
            "")
        {
            Action = AreaActions.Given,
            IsStatement = true,
        });
        verbs.Add(new Verb(
            "background",
            Produces.Nothing,
            [new("COUNT|TIME", ParameterKind.Background)],
            "Lets the tenants live: for the next COUNT of their events, or for a time.",
            "none: the rest of the system",
            "events= time= allocs= failed= first_failure= largest= moved= dropped= busy= latency= slowest= "
            + "no_page= read_again= no_pin= attached= mapped= no_import=")
        {
            Action = BackgroundActions.Play,
            IsBackground = true,
        });
        Add(verbs, "retries", Produces.Nothing, [],
            "Tells how many windows of the areas were found busy since it was asked last.",
            "the trace event cma_alloc_busy_retry", AreaActions.Retries, "busy=");
        Add(verbs, "dmesg", Produces.Nothing, [],
            "Prints what the areas have left in the kernel's log, oldest first, without times.",
            "printk(), dmesg -t", AreaActions.Dmesg);
        Add(verbs, "why", Produces.Nothing,
            [Heap, new("LEN", ParameterKind.Bytes), new("LINES", ParameterKind.Number, Optional: true)],
            "Explains whether a buffer of this size would fit now, what is in its way, and what would help; "
                + "LINES, or 12, say which pages would have to go.",
            "none: the kernel's log has one line", AreaActions.Why,
            "fits= windows= busy= largest= buffers= fewest=");
    }
}
