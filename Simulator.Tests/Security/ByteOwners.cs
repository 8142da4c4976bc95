using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Security;

/// <summary>The slow model of a firewall: for every byte of memory the buffer that it belongs to.</summary>
internal sealed class ByteOwners(int frames)
{
    private readonly Buffer?[] owners = new Buffer?[frames << 12];

    /// <summary>A run of up to three frames that belong to nobody, or null.</summary>
    public FrameRun? FreeRun(ref int step)
    {
        int first = Steps.Below(ref step, frames);
        int count = Math.Min(Steps.Below(ref step, 3) + 1, frames - first);
        return owners[(first << 12)..((first + count) << 12)].All(owner => owner is null)
            ? new FrameRun(first, count)
            : null;
    }

    public void Give(FrameRun run, Buffer? owner) => Array.Fill(owners, owner, run.First << 12, run.Count << 12);

    /// <summary>The first byte that a master may not touch so, or -1.</summary>
    public int FirstDenied(Master master, AccessRights wanted, int start, int length)
    {
        for (int i = start; i < start + length; i++)
        {
            if (owners[i] is { } owner && !owner.Allows(master, wanted, i - (owner.Run.First << 12)))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Which byte of its buffer a byte of memory is.</summary>
    public long PlaceOf(int at) => at - (owners[at]!.Run.First << 12);

    /// <summary>The rules that speak of a master where a byte lies.</summary>
    public string[] RulesAt(int at, Master master) =>
        [.. owners[at]!.Rules.Where(rule => rule.Master == master.Name).Select(rule => rule.ToString())];

    internal sealed class Buffer(AccessRule[] rules, FrameRun run)
    {
        private readonly Dictionary<string, (int From, int To)> regions = [];

        public AccessRule[] Rules => rules;

        public FrameRun Run => run;

        public Protection Protection { get; } = new(new AccessPolicy([.. rules]), (long)run.Count << 12);

        public void Define(ref int step, Trace trace)
        {
            string name = Steps.Below(ref step, 2) == 0 ? "text" : "logo";
            int from = Steps.Below(ref step, run.Count << 6) << 6;
            int length = (Steps.Below(ref step, 100) + 1) << 6;
            if (Protection.Define(name, from, length, trace).IsOk)
            {
                regions[name] = (from, from + length);
            }
        }

        public bool Allows(Master master, AccessRights right, int at) => rules.Length == 0
            ? master.IsSecure
            : rules.Any(rule => rule.Master == master.Name && rule.Rights.HasFlag(right)
                && (rule.Region is null
                    || (regions.TryGetValue(rule.Region, out var bounds) && bounds.From <= at && at < bounds.To)));
    }
}
