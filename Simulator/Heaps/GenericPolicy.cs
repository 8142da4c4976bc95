using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Security;

namespace DmaBufSim.Heaps;

/// <summary>One secure heap for everything; user space says with flags who may touch the buffer.</summary>
/// <remarks>
/// <para>The flags have two bits for each master, read and write: <c>cpu</c> first, then <c>ta</c>, then the devices as
/// they are declared. An allocation without flags is one of an honest process, which passes the rules of the use.
/// What user space says is believed, whatever it is. A flag is about the whole buffer: a rule with <c>in=</c> has
/// none.</para>
/// </remarks>
public sealed class GenericPolicy : PerUsagePolicy
{
    /// <summary>How many masters the flags have room for: two bits each, of 64.</summary>
    public const int MostMasters = 32;

    /// <inheritdoc/>
    public override string Name => "generic";

    /// <inheritdoc/>
    public override string Promise => "No master gets at a byte against the flags of the allocation.";

    /// <inheritdoc/>
    public override string CannotExpress => "A right to a part of a buffer, and a process that lies.";

    /// <inheritdoc/>
    public override string Subtitles =>
        "Not in place: a flag is about the whole buffer. A trusted application that has the flags draws them, or they "
        + "go to a plane of their own.";

    /// <inheritdoc/>
    /// <remarks>One heap; what the rules say is passed by user space.</remarks>
    public override int ConfigurationLines(int uses, int rules, int areas) => Math.Min(uses, 1) + rules + areas;

    /// <inheritdoc/>
    public override bool PromisesSecrecy => false;

    /// <inheritdoc/>
    public override bool TakesFlags => true;

    /// <inheritdoc/>
    public override SecureMemory Memory => SecureMemory.BufferByBuffer;

    /// <summary>The flags that stand for rules, for a machine with these masters; at most 32.</summary>
    public static ulong FlagsOf(AccessPolicy rules, ImmutableArray<Master> masters)
    {
        ulong flags = 0;
        for (int i = 0; i < masters.Length; i++)
        {
            flags |= (ulong)rules.Granted(masters[i]) << (2 * i);
        }

        return flags;
    }

    /// <summary>The rules that flags stand for. Bits of masters that the machine does not have are ignored.</summary>
    public static AccessPolicy RulesOf(ulong flags, ImmutableArray<Master> masters)
    {
        ImmutableArray<AccessRule>.Builder rules = ImmutableArray.CreateBuilder<AccessRule>();
        for (int i = 0; i < masters.Length; i++)
        {
            AccessRights rights = (AccessRights)((flags >> (2 * i)) & 3);
            if (rights != AccessRights.None)
            {
                rules.Add(new AccessRule(masters[i].Name, rights, null));
            }
        }

        return rules.Count == 0 ? AccessPolicy.Nobody : new AccessPolicy(rules.DrainToImmutable());
    }

    /// <inheritdoc/>
    protected internal override Result Made(HeapBuffer buffer, ulong flags) =>
        buffer.Program(flags == 0
            ? buffer.Rules.WithoutRegions()
            : RulesOf(flags, buffer.Heap.Context.Firewall.Masters));

    /// <inheritdoc/>
    protected internal override bool CanMmap(HeapBuffer buffer) =>
        Asked(buffer).Granted(buffer.Heap.Context.Cpu) != AccessRights.None;

    /// <inheritdoc/>
    protected internal override bool CanVmap(HeapBuffer buffer) => CanMmap(buffer);
}
