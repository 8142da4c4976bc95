using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Fences;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tracing;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>A step at the moment it is played: on which machine, by whom, with which words.</summary>
internal readonly struct StepCall(StepPlayer player, Process process, NameTable names, Step step)
{
    /// <summary>The machine.</summary>
    public Machine Machine => player.Machine;

    /// <summary>Who plays the step.</summary>
    public Process Process => process;

    /// <summary>The names of that process.</summary>
    public NameTable Names => names;

    /// <summary>Where refusals go.</summary>
    public Trace Trace => player.Machine.Trace;

    /// <summary>Whether an argument was written.</summary>
    public bool Has(int index) => step.Arguments[index].IsPresent;

    /// <summary>The word of an argument.</summary>
    public string Text(int index) => step.Arguments[index].Text;

    /// <summary>The number of an argument.</summary>
    public long Number(int index) => step.Arguments[index].Number;

    /// <summary>The same as 64 bits without a sign.</summary>
    public ulong Bits(int index) => unchecked((ulong)step.Arguments[index].Number);

    /// <summary>The low 32 bits of a number, which is what the kernel sees of a wider one.</summary>
    public uint LowBits(int index) => unchecked((uint)step.Arguments[index].Number);

    /// <summary>The direction of an argument.</summary>
    public DmaDirection Direction(int index) => (DmaDirection)step.Arguments[index].Number;

    /// <summary>The descriptor of an argument.</summary>
    public int Descriptor(int index) => names.Descriptor(step.Arguments[index].Text);

    /// <summary>The buffer behind the descriptor of an argument.</summary>
    public Result<DmaBuf> Buffer(int index) => process.Buffer(Descriptor(index));

    /// <summary>The mappings that borrow pages of the machine's areas.</summary>
    public AreaTenants Tenants => player.Tenants;

    /// <summary>The tenants of the machine; they come when they are first asked for.</summary>
    public Workload Workload => player.Workload;

    /// <summary>Lets the tenants be looked at in this step, by whoever wants to.</summary>
    public void Observe()
    {
        Workload.Watch = player.Watch;
        if (player.Sampler is { } sampler)
        {
            Workload.Sample(sampler, player.LookInterval);
        }
        else if (player.Look is { } look)
        {
            (Machine machine, Step played) = (player.Machine, step);
            Workload.Look(() => look(machine, played), player.LookInterval);
        }
    }

    /// <summary>Gives a forked process its copy of the names.</summary>
    public void ForkNames(Process child) => player.Fork(child, names);

    /// <summary>Makes the name before <c>=</c> stand for a descriptor of this process.</summary>
    public void Bind(int descriptor) =>
        Bind(Produces.Descriptor, descriptor, null, process.Files.Find(descriptor) as DmaBuf);

    /// <summary>Makes the name before <c>=</c> stand for a mapping of this process.</summary>
    public void Bind(long address) =>
        Bind(Produces.Mapping, address, null, process.FindMapping(address)?.File as DmaBuf);

    /// <summary>Makes the name before <c>=</c> stand for an attachment.</summary>
    public void Bind(Devices.Import import) =>
        Bind(Produces.Attachment, 0, import, import.Buffer);

    /// <summary>Makes the name before <c>=</c> stand for a kernel mapping.</summary>
    public void Bind(KernelMapping mapping) =>
        Bind(Produces.Vmap, 0, mapping, mapping.Buffer);

    /// <summary>Makes the name before <c>=</c> stand for an acquire context.</summary>
    public void Bind(WwAcquireContext context) =>
        Bind(Produces.Acquire, 0, context, null);

    /// <summary>The code of a driver that runs in the process.</summary>
    public DriverThread Driver => player.Machine.DriverIn(process);

    /// <summary>Makes the name before <c>=</c> stand for a reference on a page.</summary>
    public void Bind(Memory.PagePin pin) =>
        Bind(Produces.Pin, 0, pin, null);

    /// <summary>A success without words, or the failure.</summary>
    public Outcome Answer(Result result) => result.IsOk ? Outcome.Ok : Outcome.Fails(result, Trace);

    /// <summary>A refusal that the story's own rules make.</summary>
    public Outcome Refuse(Errno errno, Reason reason, string? who = null) =>
        Outcome.Fails(Trace.Refuse(errno, reason, who), Trace);

    private void Bind(Produces kind, long number, object? held, DmaBuf? buffer)
    {
        if (step.Binds is { } name)
        {
            names.Bind(name, kind, number, held, buffer);
        }
    }
}

/// <summary>Plays one verb.</summary>
internal delegate Outcome StepAction(in StepCall call);
