using System.Collections.Immutable;

namespace DmaBufSim.Abi;

public sealed partial record ReasonText
{
    // The last ones, as in the enumeration.
    private static ImmutableArray<ReasonText> MakeAreaTexts() =>
    [
        new(Reason.PagesPinned, [Errno.ENOMEM], "alloc_contig_range()",
            "Every window that the area could offer has a pinned page in it, which cannot be moved away.",
            "Release the pin, or ask `why` for the fewest pages that would have to go."),
        new(Reason.NoRoomToMigrate, [Errno.ENOMEM], "alloc_migration_target()",
            "Movable pages are in the way, and the rest of memory has no page free to take one more of them.",
            "Free buffers of the system heap or give the machine more memory."),
        new(Reason.PageOutsideArea, [Errno.EINVAL], "the `given` line",
            "The area has no such page, or there is no area.",
            "Count pages from the start of the area, and from 0."),
        new(Reason.PageNotIdle, [Errno.EBUSY], "the `given` line",
            "The page is handed out by the area, or holds memory of another mapping.",
            "Name pages that are idle, or hold memory of this mapping."),
        new(Reason.PageNotPinnable, [Errno.EINVAL, Errno.ENOMEM], "get_user_pages()",
            "The mapping has no page at this place of the area, or the page has 255 pins already.",
            "Pin a page that the last `given` line names."),
        new(Reason.HeapHasNoArea, [Errno.EINVAL], "the explanation",
            "The buffers of this heap do not come from a CMA area one by one.",
            "Ask about a heap on a CMA area."),
        new(Reason.BlocksIsolated, [Errno.ENOMEM], "start_isolate_page_range()",
            "Page blocks of every window that was tried are isolated by another allocation of the same moment.",
            "Let the areas have a lock, or make the request again."),
    ];
}
