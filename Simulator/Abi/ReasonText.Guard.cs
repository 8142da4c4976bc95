using System.Collections.Immutable;

namespace DmaBufSim.Abi;

public sealed partial record ReasonText
{
    // Behind the others, as in the enumeration.
    private static ImmutableArray<ReasonText> MakeGuardTexts() =>
    [
        new(Reason.GuardIsFull, [Errno.ENOSPC], "the hardware that protects",
            "The hardware that protects has no region, or no context, left.",
            "Free what lies between protected buffers, since neighbours with the same rights are one region; let them "
                + "share a pool; or choose hardware with more."),
        new(Reason.GranuleMissed, [Errno.EINVAL], "the hardware that protects",
            "The bytes do not begin or end where the hardware that protects can draw a line.",
            "Begin and end regions at multiples of its granule, take buffers from a protected heap, which aligns and "
                + "pads them, or choose hardware with a smaller granule."),
        new(Reason.MastersShareId, [Errno.EINVAL], "the hardware that protects",
            "The rules differ for two masters that the hardware cannot tell apart.",
            "Give both the same rights, or let them with `shared=widen`."),
        new(Reason.LinkNotProtected, [Errno.EACCES], "output protection, as HDCP",
            "The link behind the device is not protected, so it may read no protected byte.",
            "Protect it with `link DEVICE protected`."),
        new(Reason.UseCaseEnded, [Errno.EACCES, Errno.EINVAL], "the end of a use case",
            "The use that the heap was for has ended: its buffers serve nobody, and no new one is made.",
            "Let go of the buffers, and allocate from the heap of another use."),
        new(Reason.WrongConfiguration, [Errno.EACCES], "the stream ids of the device",
            "The device is not in the configuration that the bytes need: without the secure one it reaches no "
                + "protected byte, and with it the device writes to no other.",
            "Say `attach DEVICE b secure` for protected buffers and only for those, or let it ask with `knows=asks`."),
        new(Reason.OutputLessProtected, [Errno.EACCES], "the stream ids of the device",
            "Somebody may read where the bytes go to who may not read where they come from.",
            "Copy to a buffer of the same use, or of one whose readers may all read the source."),
        new(Reason.WriterNotKnown, [Errno.EACCES], "the policy attach",
            "Who may read is decided when a writer attaches, and no writer has attached to this buffer yet.",
            "Attach the device that writes first."),
        new(Reason.CarveoutMissing, [Errno.ENOMEM], "the policy carveout",
            "The carveout of this use did not fit into memory at boot.",
            "Give the machine more memory, or the uses smaller `peak=`."),
        new(Reason.TaRefuses, [Errno.EACCES], "the trusted application",
            "The buffer is meant to be protected and is not yet, so the trusted application keeps away from it.",
            "Attach the device that writes first."),
        new(Reason.NothingStale, [Errno.EFAULT], "the driver",
            "The device has given back no mapping whose addresses it could still use.",
            "Unmap an attachment of it first."),
        new(Reason.MasterNotSeen, [Errno.EINVAL, Errno.EBUSY], "the hardware that protects",
            "The hardware that protects does not see the accesses of this master, so it could not keep it to its "
                + "rights.",
            "Put the device behind an IOMMU; take mappings of the CPU away before a writer attaches, or use hardware "
                + "that sees the CPU."),
        new(Reason.RegionNotYours, [Errno.EPERM], "access rules of the heap",
            "Another process allocated the buffer, and only that one says where its regions are.",
            "Name regions in the process that allocates, before it passes the buffer on."),
        new(Reason.RegionTooLate, [Errno.EBUSY], "access rules of the heap",
            "The buffer has been attached, mapped or handed to the trusted application, so its regions stay where they "
                + "are.",
            "Name regions right after the allocation."),
    ];
}
