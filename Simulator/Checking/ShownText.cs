using DmaBufSim.Security;

namespace DmaBufSim.Checking;

/// <summary>By which way something that a program has drawn came to a device that shows it with a frame.</summary>
public enum TextWay
{
    /// <summary>The CPU wrote it into the frame.</summary>
    InPlace,

    /// <summary>A trusted application wrote, copied or blended it into the frame.</summary>
    ByTa,

    /// <summary>A device copied or blended it into the frame.</summary>
    ByDevice,

    /// <summary>It lies in a buffer of its own, which the device reads besides the frame.</summary>
    OwnPlane,
}

/// <summary>
/// What devices have read that the CPU or a trusted application had drawn, as subtitles over the frames of a decoder.
/// </summary>
/// <remarks>
/// A frame is a buffer into which bytes have come from a device, and who reads from one shows frames. It is asked of
/// the labels, so it does not matter how often a byte was carried on the way. A read against the rules shows nothing.
/// </remarks>
internal sealed class ShownText
{
    private static readonly int Ways = Enum.GetValues<TextWay>().Length;

    private readonly HashSet<long> frames = [];
    private readonly List<Reader> readers = [];

    /// <summary>How many bytes came by a way to devices that show frames.</summary>
    public long Bytes(TextWay way) => readers.Where(reader => reader.ShowsFrames).Sum(reader => reader.Text[(int)way]);

    /// <summary>Bytes have got a label.</summary>
    public void Wrote(FlowLabel label, FrameOwner owner)
    {
        if ((label.Authors & FlowAuthors.Device) != 0)
        {
            frames.Add(owner.Inode);
        }
    }

    /// <summary>A master has read bytes that have a label, and may do so.</summary>
    public void Read(Master master, FlowLabel label, FrameOwner owner, int length)
    {
        if (master.IsProgram)
        {
            return;
        }

        if (readers.Find(one => one.Master == master) is not { } reader)
        {
            reader = new Reader(master);
            readers.Add(reader);
        }

        reader.ShowsFrames |= frames.Contains(owner.Inode);
        if ((label.Authors & FlowAuthors.Program) != 0)
        {
            reader.Text[(int)WayOf(label.Step.Master, owner)] += length;
        }
    }

    private TextWay WayOf(Master hand, FrameOwner owner) =>
        !frames.Contains(owner.Inode) ? TextWay.OwnPlane
        : hand.IsCpu ? TextWay.InPlace
        : hand == Master.Ta ? TextWay.ByTa
        : TextWay.ByDevice;

    private sealed class Reader(Master master)
    {
        public Master Master => master;

        public bool ShowsFrames { get; set; }

        public long[] Text { get; } = new long[Ways];
    }
}
