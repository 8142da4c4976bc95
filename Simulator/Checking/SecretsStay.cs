using System.Collections.Immutable;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Checking;

/// <summary>
/// No master reads a byte that holds something of a protected use whose rules do not let it: not where it was written,
/// and not where a device or the trusted application has copied or blended it to.
/// </summary>
/// <remarks>
/// <para>What is written into a buffer of a heap with rules is content of that use. Inside a buffer of the use its
/// rules decide, with the regions as they lie and as they lay when the first content came; elsewhere, also in pages
/// that are freed, only a right that is not limited to a region counts. Judged are the rules as they were declared,
/// whatever the policy makes of them; no firewall is asked.</para>
/// <para>Bytes of other buffers have labels too: they tell who wrote them, and no rule is about them.</para>
/// <para><b>Cost:</b> a label for each byte, see <see cref="ByteLabels"/>. Nothing where no verdict asks for it.</para>
/// </remarks>
public sealed class SecretsStay : MachineLaw
{
    private readonly FrameOwners owners = new();
    private readonly HashSet<long> begun = [];
    private readonly Dictionary<long, Protection> atFirst = [];
    private readonly Trace quiet = new();
    private readonly ShownText text = new();
    private Watch? watch;
    private long carried;
    private StoryPlace place;

    /// <summary>
    /// How many reads outside the buffers of a use got something of it that its rules keep from the reader.
    /// </summary>
    public long Carried => watch?.Law.carried ?? 0;

    /// <summary>
    /// How many bytes that a program had drawn came to a device that reads frames, by a way.
    /// </summary>
    public long Shown(TextWay way) => watch?.Law.text.Bytes(way) ?? 0;

    /// <inheritdoc/>
    public override string Sentence => "always secrets stay with who may read them";

    /// <inheritdoc/>
    public override void Begin(Machine machine)
    {
        // Two verdicts of this law in one story have the same labels.
        machine.Bus.Watcher ??= new Watch(this, machine, machine.Memory.KeepLabels());
        watch = machine.Bus.Watcher as Watch;
    }

    /// <inheritdoc/>
    public override void Enter(in StoryPlace step) => place = step;

    /// <inheritdoc/>
    public override void Check(Machine machine)
    {
        if (watch?.Law.Violation is { } violation)
        {
            Report(violation);
        }
    }

    /// <inheritdoc/>
    public override void Observe(Machine machine, in TraceRecord record)
    {
        switch (record.Event)
        {
            case TraceEvent.BufferExported:
                DmaBuf newest = machine.Buffers.NewestFirst.First();
                owners.Add(newest);
                if (!machine.Policy.BeginsWithWriter)
                {
                    begun.Add(newest.Inode);
                }

                break;
            case TraceEvent.BufferReleased:
                owners.Remove(record.Subject);
                begun.Remove(record.Subject);
                atFirst.Remove(record.Subject);
                break;
            case TraceEvent.Attached when !begun.Contains(record.Subject):
                BeginWithWriter(machine, record.Subject);
                break;
        }
    }

    private void BeginWithWriter(Machine machine, long inode)
    {
        DmaBuf buffer = machine.Buffers.NewestFirst.First(buffer => buffer.Inode == inode);
        if (buffer.Exporter is HeapBuffer { Protection.Policy: { } policy } && buffer.Attachments.Any(
            attachment => (policy.Granted(attachment.Device.Master) & AccessRights.Write) != 0))
        {
            begun.Add(inode);
        }
    }

    private DmaHeap? UseOf(FrameOwner owner) =>
        owner.Storage is { Protection: not null } storage && begun.Contains(owner.Inode) ? storage.Heap : null;

    // Why a master may not read bytes with something of a use in them, or null; the first byte that it may not.
    private string? Complain(Machine machine, DmaHeap use, Master master, FrameOwner owner, ref int offset, int length)
    {
        if (owner.Storage?.Protection is not null && machine.HasLostLink(master))
        {
            return $"the link of {master.Name} is not protected";
        }

        if (owner.Storage?.Heap != use)
        {
            return (use.Policy!.GrantedEverywhere(master) & AccessRights.Read) != 0
                ? null
                : $"no rule of {use.Name} lets {master.Name} read it there";
        }

        if (use.WasTornDown && machine.Policy.EndsRightsWithUse)
        {
            return $"the use of {use.Name} has ended";
        }

        long first = owner.Offset + offset;
        Protection now = owner.Storage.Protection!;
        Protection before = atFirst.GetValueOrDefault(owner.Inode, now);
        if (now.Check(master, AccessRights.Read, first, length, quiet).IsOk
            && before.Check(master, AccessRights.Read, first, length, quiet).IsOk)
        {
            return null;
        }

        offset += (int)(quiet.LastRefusal.Offset - first);
        return $"no rule of {use.Name} lets {master.Name} read it";
    }

    private sealed class Watch(SecretsStay law, Machine machine, ByteLabels labels) : BusWatcher
    {
        // What the labels mean.
        private readonly List<FlowLabel?> known = [null];
        private int[] read = [];
        private int[] under = [];

        public SecretsStay Law => law;

        public override void Read(Master master, int frame, int offset, long length) =>
            Look(master, frame, offset, length, isForItself: true);

        // A device that only carries bytes on does not show them.
        private void Look(Master master, int frame, int offset, long length, bool isForItself)
        {
            bool isCarried = false;
            foreach ((int at, int inPage, int count) in PagesOf(frame, offset, length))
            {
                ReadOnlySpan<int> seen = labels.Of(at, inPage, count);
                for (int i = 0; i < count;)
                {
                    int run = Run(seen[i..]);
                    if (known[seen[i]] is { } label)
                    {
                        FrameOwner owner = law.owners.Of(at);
                        if (Judge(label, master, owner, inPage + i, run, ref isCarried) && isForItself)
                        {
                            law.text.Read(master, label, owner, run);
                        }
                    }

                    i += run;
                }
            }

            law.carried += isCarried ? 1 : 0;
        }

        public override void Wrote(Master master, int frame, int offset, long length)
        {
            foreach ((int at, int inPage, int count) in PagesOf(frame, offset, length))
            {
                labels.Set(at, inPage, count, LabelFor(FlowDeed.Written, master, at, null, null));
            }
        }

        public override void BeforeCopy(in BusCopy copy)
        {
            Look(copy.Master, copy.From, copy.FromOffset, copy.Length, isForItself: false);
            read = LabelsOf(copy.From, copy.FromOffset, copy.Length);
            under = [];
            if (copy.Blends)
            {
                Look(copy.Master, copy.To, copy.ToOffset, copy.Length, isForItself: false);
                under = LabelsOf(copy.To, copy.ToOffset, copy.Length);
            }
        }

        public override void AfterCopy(in BusCopy copy)
        {
            int done = 0;
            foreach ((int at, int inPage, int count) in PagesOf(copy.To, copy.ToOffset, copy.Length))
            {
                for (int i = 0; i < count;)
                {
                    int run = Run(read.AsSpan(done + i, count - i));
                    run = copy.Blends ? Math.Min(run, Run(under.AsSpan(done + i, count - i))) : run;
                    FlowLabel? from = known[read[done + i]];
                    FlowLabel? below = copy.Blends ? known[under[done + i]] : null;
                    FlowDeed deed = copy.Blends ? FlowDeed.Blended : FlowDeed.Copied;
                    labels.Set(at, inPage + i, run, LabelFor(deed, copy.Master, at, from, below));
                    i += run;
                }

                done += count;
            }
        }

        private static int Run(ReadOnlySpan<int> bytes)
        {
            int end = bytes.IndexOfAnyExcept(bytes[0]);
            return end < 0 ? bytes.Length : end;
        }

        private static IEnumerable<(int Frame, int Offset, int Length)> PagesOf(int frame, int offset, long length)
        {
            while (length > 0)
            {
                int piece = (int)Math.Min(length, PhysicalMemory.PageSize - offset);
                yield return (frame, offset, piece);
                length -= piece;
                frame++;
                offset = 0;
            }
        }

        private int[] LabelsOf(int frame, int offset, long length)
        {
            int[] found = new int[length];
            int done = 0;
            foreach ((int at, int inPage, int count) in PagesOf(frame, offset, length))
            {
                labels.Of(at, inPage, count).CopyTo(found.AsSpan(done));
                done += count;
            }

            return found;
        }

        // What is written into a use is its content, whatever else it is made of.
        private int LabelFor(FlowDeed deed, Master master, int frame, FlowLabel? from, FlowLabel? below)
        {
            FrameOwner owner = law.owners.Of(frame);
            DmaHeap[] own = [];
            if (law.UseOf(owner) is { } into)
            {
                own = [into];
                law.atFirst.TryAdd(owner.Inode, owner.Storage!.Protection!.Snapshot());
            }

            ImmutableArray<DmaHeap> uses = [.. (from?.Uses ?? []).Union(below?.Uses ?? []).Union(own)];
            if (uses.IsEmpty && owner.Inode == 0)
            {
                return ByteLabels.None;
            }

            bool isOld = from is { Uses.IsEmpty: false } || below is { Uses.IsEmpty: false };
            FlowDeed done = isOld ? deed : FlowDeed.Written;
            FlowLabel label = new(new FlowStep(done, master, owner, law.place), uses, from, below);
            law.text.Wrote(label, owner);
            known.Add(label);
            return known.Count - 1;
        }

        // Whether a read is within the rules; where it is not, whether something was read outside its use.
        private bool Judge(
            FlowLabel label, Master master, FrameOwner owner, int offset, int length, ref bool isCarried)
        {
            bool isRight = true;
            foreach (DmaHeap use in label.Uses)
            {
                int first = offset;
                if (law.Complain(machine, use, master, owner, ref first, length) is not { } complaint)
                {
                    continue;
                }

                isRight = false;
                isCarried |= owner.Storage?.Heap != use;
                if (law.Violation is null)
                {
                    FlowStep seen = new(FlowDeed.Read, master, owner, law.place);
                    string path = string.Join(", ", label.PathOf(use).Append(seen));
                    law.Report(FormattableString.Invariant(
                        $"the byte at offset {owner.Offset + first} of {owner} was {path}; {complaint}"));
                }
            }

            return isRight;
        }
    }
}
