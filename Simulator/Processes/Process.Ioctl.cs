using DmaBufSim.Abi;
using DmaBufSim.Files;

namespace DmaBufSim.Processes;

public sealed partial class Process
{
    /// <summary>An ioctl.</summary>
    /// <returns><see cref="Errno.EBADF"/>, what the kernel answers for every file, or what the file answers.</returns>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>do_vfs_ioctl()</c>, fs/ioctl.c, takes the numbers of <see cref="VfsIoctl"/> before the
    /// file sees them.</para>
    /// </remarks>
    public Result Ioctl(int descriptor, uint number, in IoctlArgument argument)
    {
        Result<OpenFile> file = File(descriptor);
        if (!file.IsOk)
        {
            return file.Status;
        }

        switch ((VfsIoctl)number)
        {
            case VfsIoctl.SetCloseOnExec:
            case VfsIoctl.ClearCloseOnExec:
                Files.SetCloseOnExec(descriptor, (VfsIoctl)number == VfsIoctl.SetCloseOnExec);
                return Result.Ok;
            case VfsIoctl.NonBlock:
                return argument.IsReadable ? SetNonBlock(file.Value, argument) : Unreadable();
            case VfsIoctl.Async:
                return !argument.IsReadable ? Unreadable() : IsZero(argument) ? Result.Ok : NotOfThisFile();
            case VfsIoctl.BlockSize:
                return argument.IsReadable ? Result.Ok : Unreadable();
            case VfsIoctl.QuerySize:
                return !file.Value.IsRegular ? NotOfThisFile() : argument.IsReadable ? Result.Ok : Unreadable();
            default:
                return file.Value.Ioctl(number, argument with { Files = Files });
        }
    }

    /// <summary>Brackets an access of the CPU, DMA_BUF_IOCTL_SYNC.</summary>
    /// <returns><see cref="Errno.EINVAL"/> for flags that the ABI refuses.</returns>
    public Result Sync(int descriptor, ulong flags) =>
        Ioctl(descriptor, (uint)DmaBufIoctl.Sync, new IoctlArgument(true, flags));

    /// <summary>Names a buffer, DMA_BUF_SET_NAME_B.</summary>
    /// <returns><see cref="Errno.EINVAL"/> for 32 bytes or more.</returns>
    public Result SetName(int descriptor, string name) =>
        Ioctl(descriptor, (uint)DmaBufIoctl.SetNameB, new IoctlArgument(true, 0, name));

    private static Result SetNonBlock(OpenFile file, in IoctlArgument argument)
    {
        file.SetNonBlock(!IsZero(argument));
        return Result.Ok;
    }

    // The two commands with a value read an int.
    private static bool IsZero(in IoctlArgument argument) => (argument.Value & uint.MaxValue) == 0;

    private Result Unreadable() => context.Trace.Refuse(Errno.EFAULT, Reason.ArgumentUnreadable);

    private Result NotOfThisFile() => context.Trace.Refuse(Errno.ENOTTY, Reason.IoctlOfOtherFiles);
}
