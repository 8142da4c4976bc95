using System.Globalization;

namespace DmaBufSim.Fences;

public abstract partial class DmaFence
{
    /// <summary>Whether the fence, or for an array every member, belongs to a context.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_match_context()</c>.</remarks>
    public virtual bool MatchesContext(ulong context) => Context == context;

    /// <summary>Whether a fence comes after another of its context.</summary>
    /// <returns>False for the same number, and with a warning for fences of two contexts.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_is_later()</c>.</remarks>
    public static bool IsLater(DmaFence fence, DmaFence than)
    {
        if (fence.Context != than.Context)
        {
            fence.Core.Trace.Warn("dma_fence_is_later", "f1->context != f2->context");
            return false;
        }

        return IsLater(fence.SequenceNumber, than.SequenceNumber, fence.Has64BitSequence);
    }

    /// <summary>Whether it is the same fence or a later one of its context.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_is_later_or_same()</c>.</remarks>
    public static bool IsLaterOrSame(DmaFence fence, DmaFence than) => fence == than || IsLater(fence, than);

    /// <summary>The later one of two fences of a context, or null when that one has signalled.</summary>
    /// <returns>No reference is taken; null with a warning for fences of two contexts.</returns>
    /// <remarks><b>Kernel:</b> <c>dma_fence_later()</c>.</remarks>
    public static DmaFence? Later(DmaFence one, DmaFence other)
    {
        if (one.Context != other.Context)
        {
            one.Core.Trace.Warn("dma_fence_later", "f1->context != f2->context");
            return null;
        }

        DmaFence later = IsLater(one.SequenceNumber, other.SequenceNumber, one.Has64BitSequence) ? one : other;
        return later.IsSignaled() ? null : later;
    }

    /// <summary>The line of the debugging files.</summary>
    /// <remarks><b>Kernel:</b> <c>dma_fence_describe()</c>. 7.x names no driver once the fence has signalled.</remarks>
    public string Describe()
    {
        bool signaled = IsSignaled();
        string state = signaled ? "signalled" : "unsignalled";
        if (!Core.Kernel.DescribesFenceContext)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{GetDriverName()} {GetTimelineName()} seq {SequenceNumber} {state}");
        }

        string timeline = signaled ? "" : GetTimelineName();
        string driver = signaled ? "" : GetDriverName();
        return string.Create(
            CultureInfo.InvariantCulture, $"{Context}:{SequenceNumber} {timeline} {driver} {state}");
    }

    internal static bool IsLater(ulong number, ulong than, bool has64Bits) => has64Bits
        ? number > than
        : unchecked((int)((uint)number - (uint)than)) > 0;
}
