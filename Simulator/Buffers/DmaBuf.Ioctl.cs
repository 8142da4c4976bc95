using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Files;

namespace DmaBufSim.Buffers;

public sealed partial class DmaBuf
{
    private const int NameLength = 32;

    /// <inheritdoc/>
    /// <remarks>
    /// <para><b>Kernel:</b> <c>dma_buf_ioctl()</c>: <see cref="Errno.EFAULT"/> before any other check,
    /// <see cref="Errno.EINVAL"/> for bad contents, <see cref="Errno.ENOTTY"/> for a number it does not know.</para>
    /// <para><b>Differs:</b> an answer is not written to the argument; <see cref="ExportSyncFile"/> tells it.</para>
    /// </remarks>
    public override Result Ioctl(uint number, in IoctlArgument argument)
    {
        switch ((DmaBufIoctl)number)
        {
            case DmaBufIoctl.Sync:
                return argument.IsReadable ? Sync(argument.Value) : Unreadable();
            case DmaBufIoctl.SetNameA:
            case DmaBufIoctl.SetNameB:
                return argument is { IsReadable: true, Text: { } text } ? SetName(text) : Unreadable();
            case DmaBufIoctl.ExportSyncFile:
                return argument.IsReadable ? ExportSyncFile(FilesOf(argument), Low(argument)).Status : Unreadable();
            case DmaBufIoctl.ImportSyncFile:
                return argument.IsReadable
                    ? ImportSyncFile(FilesOf(argument), Low(argument), High(argument))
                    : Unreadable();
            default:
                return Unknown();
        }
    }

    // struct dma_buf_export_sync_file and its twin: flags, then a descriptor.
    private static uint Low(in IoctlArgument argument) => unchecked((uint)argument.Value);

    private static int High(in IoctlArgument argument) => unchecked((int)(argument.Value >> 32));

    private static FileTable FilesOf(in IoctlArgument argument) => argument.Files
        ?? throw new ArgumentException("this ioctl needs the descriptors of its caller", nameof(argument));

    private Result Sync(ulong flags)
    {
        if ((flags & ~(ulong)DmaBufSyncFlags.All) != 0)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.SyncFlagsUnknown);
        }

        DmaBufSyncFlags sync = (DmaBufSyncFlags)flags;
        DmaDirection direction;
        switch (sync & DmaBufSyncFlags.ReadWrite)
        {
            case DmaBufSyncFlags.Read:
                direction = DmaDirection.FromDevice;
                break;
            case DmaBufSyncFlags.Write:
                direction = DmaDirection.ToDevice;
                break;
            case DmaBufSyncFlags.ReadWrite:
                direction = DmaDirection.Bidirectional;
                break;
            default:
                return Trace.Refuse(Errno.EINVAL, Reason.SyncWithoutDirection);
        }

        return (sync & DmaBufSyncFlags.End) != 0 ? EndCpuAccess(direction) : BeginCpuAccess(direction);
    }

    // strndup_user(): the string ends at its first zero.
    private Result SetName(string text)
    {
        int end = text.IndexOf('\0');
        string name = end < 0 ? text : text[..end];
        if (Encoding.UTF8.GetByteCount(name) >= NameLength)
        {
            return Trace.Refuse(Errno.EINVAL, Reason.NameTooLong);
        }

        Name = name;
        return Result.Ok;
    }

    private Result Unreadable() => Trace.Refuse(Errno.EFAULT, Reason.ArgumentUnreadable);

    private Result Unknown() => Trace.Refuse(Errno.ENOTTY, Reason.IoctlUnknown);
}
