using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Processes;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Machines;

/// <summary>A machine that is switched on: memory, heaps, devices and the processes that use them.</summary>
/// <remarks>
/// <para><b>Thread safety:</b> one thread at a time. Machines share nothing, so many may run side by side.</para>
/// <para><b>Cost:</b> a machine costs what is touched: neither its pages nor their bookkeeping exist before use.</para>
/// </remarks>
public sealed partial class Machine
{
    private readonly List<Process> processes = [];
    private readonly List<KernelMapping> kernelMappings = [];
    private readonly List<DriverThread> drivers = [];
    private readonly Dictionary<Process, DriverThread> driverOf = [];
    private readonly ProcessContext processContext;

    internal Machine(MachineDescription description, MachineParts parts)
    {
        Description = description;
        Trace = parts.Trace;
        Memory = parts.Memory;
        Fences = parts.Fences;
        Buffers = parts.Buffers;
        Bus = parts.Bus;
        Cpu = parts.Cpu;
        Areas = parts.Areas;
        Heaps = parts.Heaps;
        Importers = parts.Importers;
        Memfds = parts.Memfds;
        Udmabuf = parts.Udmabuf;
        Firewall = parts.Firewall;
        Policy = parts.Answer;
        Ta = new TrustedApplication(this);
        processContext = new ProcessContext(
            description.Kernel,
            parts.Heaps,
            parts.Fences,
            parts.Bus,
            parts.Cpu,
            parts.Trace,
            description.MaxDescriptors)
        {
            Memfds = parts.Memfds,
            Udmabuf = parts.Udmabuf,
        };
        First = new Process("first", processContext);
        processes.Add(First);
    }

    /// <summary>What it was built from.</summary>
    public MachineDescription Description { get; }

    /// <summary>The kernel generation.</summary>
    public KernelProfile Kernel => Description.Kernel;

    /// <summary>Where every room leaves its records.</summary>
    public Trace Trace { get; }

    /// <summary>The memory.</summary>
    public PhysicalMemory Memory { get; }

    /// <summary>What the fences of the machine share.</summary>
    public FenceCore Fences { get; }

    /// <summary>The time of the machine. It moves only when somebody moves it.</summary>
    public SimClock Clock => Fences.Clock;

    /// <summary>The CMA areas, in the order of their declaration.</summary>
    public IReadOnlyList<CmaArea> Areas { get; }

    /// <summary>The heap nodes.</summary>
    public HeapRegistry Heaps { get; }

    /// <summary>The live buffers.</summary>
    public DmaBufList Buffers { get; }

    /// <summary>The live memfds.</summary>
    public MemfdList Memfds { get; }

    /// <summary>The device that makes buffers of memfds.</summary>
    public Udmabuf Udmabuf { get; }

    /// <summary>The devices, in the order of their declaration.</summary>
    public IReadOnlyList<Importer> Importers { get; }

    /// <summary>What stands between the masters and memory, with what it has cost so far.</summary>
    public Firewall Firewall { get; }

    /// <summary>What becomes of the rules of heaps.</summary>
    public SecurePolicy Policy { get; }

    /// <summary>The CPU in the secure world.</summary>
    public TrustedApplication Ta { get; }

    /// <summary>The master that processes run on.</summary>
    public Master Cpu { get; }

    /// <summary>The first process.</summary>
    public Process First { get; }

    /// <summary>Every process that was ever made, oldest first; the dead ones too.</summary>
    public IReadOnlyList<Process> Processes => processes;

    /// <summary>The kernel mappings that in-kernel users hold, oldest first.</summary>
    public IReadOnlyList<KernelMapping> KernelMappings => kernelMappings;

    /// <summary>The code of drivers that has run in processes so far, oldest first.</summary>
    public IReadOnlyList<DriverThread> Drivers => drivers;

    internal MemoryBus Bus { get; }

    /// <summary>Whether a device of a master has a link behind it that is not protected.</summary>
    public bool HasLostLink(Master master) => Importers.Any(
        importer => importer.Device.Master == master && !importer.Device.LinkIsProtected);

    /// <summary>The device of that name, or null.</summary>
    public Importer? FindImporter(string name)
    {
        foreach (Importer importer in Importers)
        {
            if (importer.Name == name)
            {
                return importer;
            }
        }

        return null;
    }

    /// <summary>The process that got that name last, or null. It may have ended.</summary>
    public Process? FindProcess(string name)
    {
        for (int i = processes.Count - 1; i >= 0; i--)
        {
            if (processes[i].Name == name)
            {
                return processes[i];
            }
        }

        return null;
    }

    /// <summary>Forks a process.</summary>
    public Process Fork(Process parent, string name)
    {
        Process child = parent.Fork(name);
        processes.Add(child);
        return child;
    }

    /// <summary>Starts a process that nobody of the story has forked: it has nothing open and nothing mapped.</summary>
    public Process Start(string name)
    {
        Process process = new(name, processContext);
        processes.Add(process);
        return process;
    }

    /// <summary>Tells the trace buffer of the kernel which process runs from now on.</summary>
    public void Run(Process process)
    {
        if (Trace.Ftrace is { } ftrace)
        {
            ftrace.Task = new FtraceTask(process.Command, processes.IndexOf(process) + 1);
        }
    }

    /// <summary>Lets the kernel map a whole buffer: a reference and a vmap.</summary>
    /// <returns>
    /// <see cref="Errno.EBADF"/>, <see cref="Errno.EINVAL"/> or what <see cref="DmaBuf.Vmap"/> answers;
    /// <see cref="Errno.EINTR"/> where the reservation is locked and Linux would sleep.
    /// </returns>
    /// <remarks><b>Kernel:</b> <c>dma_buf_get()</c>, <c>dma_buf_vmap_unlocked()</c>.</remarks>
    public Result<KernelMapping> Vmap(Process process, int descriptor)
    {
        Result<DmaBuf> buffer = process.Buffer(descriptor);
        if (!buffer.IsOk)
        {
            return buffer.As<KernelMapping>();
        }

        Result free = buffer.Value.CheckUnlocked();
        Result mapped = free.IsOk ? buffer.Value.Vmap() : free;
        if (!mapped.IsOk)
        {
            return mapped;
        }

        buffer.Value.Get();
        KernelMapping mapping = new(this, buffer.Value);
        kernelMappings.Add(mapping);
        return mapping;
    }

    /// <summary>The code of a driver that runs in a process.</summary>
    public DriverThread DriverIn(Process process)
    {
        if (!driverOf.TryGetValue(process, out DriverThread? driver))
        {
            driver = new DriverThread(this, process);
            driverOf.Add(process, driver);
            drivers.Add(driver);
        }

        return driver;
    }

    /// <summary>The driver that has locked the reservation of a buffer, or null.</summary>
    public DriverThread? LockHolder(DmaBuf buffer)
    {
        foreach (DriverThread driver in drivers)
        {
            if (driver.HasLocked(buffer))
            {
                return driver;
            }
        }

        return null;
    }

    internal void Forget(KernelMapping mapping) => kernelMappings.Remove(mapping);
}
