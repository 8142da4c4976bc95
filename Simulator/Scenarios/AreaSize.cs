using System.Collections.Immutable;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios;

/// <summary>Gives an area of a machine another size.</summary>
public static class AreaSize
{
    /// <summary>Areas have whole page blocks.</summary>
    public const long Step = PhysicalMemory.PageblockBytes;

    /// <summary>What a machine has areas by: its area lines, and the heaps that bring one of their own.</summary>
    public static ImmutableArray<string> Names(MachineDescription machine) =>
    [
        .. machine.Areas.Select(area => area.Name),
        .. machine.Heaps.Where(BringsArea).Select(heap => heap.Name),
    ];

    /// <summary>The size that a machine gives it, in bytes.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="name">One of its <see cref="Names"/>.</param>
    public static long Of(MachineDescription machine, string name) =>
        machine.Areas.FirstOrDefault(area => area.Name == name)?.Size
        ?? machine.Heaps.First(heap => BringsArea(heap) && heap.Name == name).Size!.Value;

    /// <summary>The machine with another size for it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="name">One of its <see cref="Names"/>.</param>
    /// <param name="bytes">The size.</param>
    public static MachineDescription With(MachineDescription machine, string name, long bytes) =>
        machine.Areas.Any(area => area.Name == name)
            ? machine with
            {
                Areas = [.. machine.Areas.Select(area => area.Name == name ? area with { Size = bytes } : area)],
            }
            : machine with
            {
                Heaps =
                [
                    .. machine.Heaps.Select(heap =>
                        BringsArea(heap) && heap.Name == name ? heap with { Size = bytes } : heap),
                ],
            };

    /// <summary>The area itself, in the machine that was built.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="name">One of the <see cref="Names"/> of its description.</param>
    public static CmaArea Find(Machine machine, string name) =>
        machine.Areas.FirstOrDefault(area => area.Name == name)
        ?? machine.Heaps.Heaps.First(heap => heap.Name == name).Area!;

    private static bool BringsArea(HeapDescription heap) => heap is { Type: "cma", On: null, Size: not null };
}
