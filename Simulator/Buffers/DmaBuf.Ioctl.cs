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
    /// <para><b>Differs:</b> without sync files, so the two commands that move them answer as a kernel without
    /// <c>CONFIG_SYNC_FILE</c> once their argument is readable.</para>
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
            case DmaBufIoctl.ImportSyncFile:
                return argument.IsReadable ? Unknown() : Unreadable();
            default:
                return Unknown();
        }
    }

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
