using System.Collections.Immutable;

namespace DmaBufSim.Abi;

public sealed partial record ReasonText
{
    // Behind the others, as in the enumeration.
    private static ImmutableArray<ReasonText> MakeMemfdTexts() =>
    [
        new(Reason.SealForbids, [Errno.EPERM], "shmem_setattr(), shmem_write_begin(), shmem_mmap()",
            "A seal of the memfd rules it out: shrink, grow or write.",
            "Seal less, or make a new memfd."),
        new(Reason.SealsSealed, [Errno.EPERM], "memfd_add_seals()",
            "The memfd has the seal `seal`, or was made without the right to be sealed: no seal can be added.",
            "Add every seal in one call, before `seal`."),
        new(Reason.SealUnknown, [Errno.EINVAL], "memfd_add_seals()",
            "This kernel knows no seal with that bit.",
            "Use seal, shrink, grow, write and future_write."),
        new(Reason.MemfdInUse, [Errno.EBUSY], "memfd_wait_for_pins()",
            "The seal `write` needs a memfd that nobody can write: it has a mapping that may write, or a "
                + "udmabuf holds its pages.",
            "Unmap it and close the buffer first."),
        new(Reason.NotAMemfd, [Errno.EINVAL], "memfd_fcntl()",
            "Only a memfd can be sealed.",
            "Pass a descriptor that came from memfd."),
        new(Reason.SeekOutsideFile, [Errno.EINVAL, Errno.ENXIO, Errno.EFBIG], "shmem_file_llseek()",
            "The position would be negative or past the largest size, or data and holes are asked for past "
                + "the end.",
            "Stay between 0 and the size."),
        new(Reason.BeyondMemfd, [Errno.EFAULT], "shmem_fault()",
            "The page lies past the end of the memfd. A program would get SIGBUS; here the touch is made as a"
                + " system call would, and gives EFAULT.",
            "Use ftruncate to make it larger first."),
        new(Reason.FileHasNoIoctl, [Errno.ENOTTY], "vfs_ioctl()",
            "This kind of file has no ioctl of its own.",
            "Use the descriptor of a dma-buf."),
        new(Reason.UdmabufUnaligned, [Errno.EINVAL], "udmabuf_create()",
            "Offset and size must be multiples of the page size.",
            "Round both to 4096."),
        new(Reason.UdmabufTooLarge, [Errno.EINVAL], "udmabuf_create()",
            "All stretches together are more than the module parameter size_limit_mb allows.",
            "Set udmabuf_size= on the machine line."),
        new(Reason.UdmabufListTooLong, [Errno.EINVAL], "udmabuf_ioctl_create_list()",
            "The list has more stretches than the module parameter list_limit allows.",
            "Set udmabuf_list= on the machine line."),
        new(Reason.UdmabufEmpty, [Errno.EINVAL], "udmabuf_create()",
            "The buffer, or one of its stretches, has no byte.",
            "Ask for at least one page."),
        new(Reason.UdmabufNotAMemfd, [Errno.EBADFD], "udmabuf_create()",
            "The descriptor in the argument is not open, or is not a memfd. Note the D of the errno.",
            "Pass a descriptor that came from memfd."),
        new(Reason.UdmabufSeals, [Errno.EINVAL], "check_memfd_seals()",
            "The memfd must have the seal `shrink`, so that its pages stay, and neither `write` nor "
                + "`future_write`.",
            "Seal it with shrink alone."),
        new(Reason.UdmabufBeyondMemfd, [Errno.EINVAL], "udmabuf_create()",
            "The stretch reaches past the end of the memfd.",
            "Ask for less, or use ftruncate first."),
        new(Reason.CpuAccessNotBegun, [Errno.EINVAL], "end_cpu_udmabuf()",
            "A udmabuf knows no device address before the first begin of a CPU access, so there is nothing to"
                + " end.",
            "Begin with `sync b start|rw`."),
    ];
}
