using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>Something that a policy does so that bytes stay where they may be.</summary>
public enum Safeguard
{
    /// <summary>It tells hardware about buffers and pools.</summary>
    Hardware,

    /// <summary>It asks the rules before the CPU gets a mapping.</summary>
    Mappings,

    /// <summary>It asks the rules before a device gets addresses. Attach asks less, only earlier.</summary>
    Addresses,

    /// <summary>It stops jobs that copy to where others may read.</summary>
    Flows,

    /// <summary>It wipes the bytes of a buffer that goes.</summary>
    Wiping,

    /// <summary>It takes every right when a use ends.</summary>
    Teardown,

    /// <summary>It lets only the allocator name regions, and only before the buffer is in use.</summary>
    Regions,
}

internal static class Safeguards
{
    /// <summary>What is gone with a safeguard, and what a story about it shows.</summary>
    public static string Removed(this Safeguard safeguard) => safeguard switch
    {
        Safeguard.Hardware => "hardware is told nothing. A byte is there for a master without a right.",
        Safeguard.Mappings => "mmap and vmap ask no rules. The CPU reads through a mapping it has no right to.",
        Safeguard.Addresses => "map asks no rules. A device reads through addresses it has no right to.",
        Safeguard.Flows => "jobs copy to anywhere. A copy is read by somebody who may not read the source.",
        Safeguard.Wiping => "bytes stay when their buffer goes. The next who has the memory reads them.",
        Safeguard.Teardown => "rights outlive their use. A byte is read after the use has ended.",
        _ => "regions are named by any holder at any time. A region comes to lie where bytes are already.",
    };
}

/// <summary>A policy without one of its safeguards.</summary>
internal sealed class BrokenPolicy(SecurePolicy whole, Safeguard missing) : SecurePolicy
{
    public override string Name => $"{whole.Name}-without-{missing}".ToLowerInvariant();

    public override string Promise => whole.Promise;

    public override string CannotExpress => whole.CannotExpress;

    public override string Subtitles => whole.Subtitles;

    public override bool PromisesSecrecy => whole.PromisesSecrecy;

    public override bool TakesFlags => whole.TakesFlags;

    public override bool Wipes => missing != Safeguard.Wiping && whole.Wipes;

    public override bool ChecksFlows => missing != Safeguard.Flows && whole.ChecksFlows;

    public override bool BeginsWithWriter => whole.BeginsWithWriter;

    public override bool EndsRightsWithUse => whole.EndsRightsWithUse;

    public override bool FixesRegions => missing != Safeguard.Regions && whole.FixesRegions;

    public override SecureMemory Memory => whole.Memory;

    private bool TellsHardware => missing != Safeguard.Hardware;

    private bool AsksForMappings => missing != Safeguard.Mappings;

    /// <summary>What a policy has of them.</summary>
    public static ImmutableArray<Safeguard> Of(SecurePolicy policy) =>
        [.. Enum.GetValues<Safeguard>().Where(kind => kind switch
        {
            Safeguard.Addresses => policy is PerUsagePolicy,
            Safeguard.Teardown => policy.EndsRightsWithUse,
            Safeguard.Regions => policy is PerUsagePolicy and not GenericPolicy,
            _ => true,
        })];

    public override bool Protects(HeapBuffer buffer) => whole.Protects(buffer);

    public override bool Tells(HeapBuffer buffer) => whole.Tells(buffer);

    protected internal override Result PoolTaken(DmaHeap heap, FrameRun pool) =>
        TellsHardware ? whole.PoolTaken(heap, pool) : Result.Ok;

    protected internal override Result PoolReturned(DmaHeap heap, FrameRun pool) => whole.PoolReturned(heap, pool);

    protected internal override Result Made(HeapBuffer buffer, ulong flags) =>
        TellsHardware ? whole.Made(buffer, flags) : Result.Ok;

    protected internal override Result Attach(HeapBuffer buffer, DmaBufAttachment attachment) =>
        TellsHardware ? whole.Attach(buffer, attachment) : Result.Ok;

    protected internal override Result Map(HeapBuffer buffer, DmaBufAttachment attachment, DmaDirection direction) =>
        missing != Safeguard.Addresses ? whole.Map(buffer, attachment, direction) : Result.Ok;

    protected internal override bool CanMmap(HeapBuffer buffer) => !AsksForMappings || whole.CanMmap(buffer);

    protected internal override bool CanVmap(HeapBuffer buffer) => !AsksForMappings || whole.CanVmap(buffer);

    protected internal override Result Mmap(HeapBuffer buffer, AccessRights wanted, long offset, long length) =>
        AsksForMappings ? whole.Mmap(buffer, wanted, offset, length) : Result.Ok;

    protected internal override Result RegionDefined(HeapBuffer buffer, string name, int pages) =>
        whole.RegionDefined(buffer, name, pages);

    protected internal override Result Gone(HeapBuffer buffer) => whole.Gone(buffer);

    protected internal override void Teardown(DmaHeap heap)
    {
        if (missing != Safeguard.Teardown)
        {
            whole.Teardown(heap);
        }
    }
}
