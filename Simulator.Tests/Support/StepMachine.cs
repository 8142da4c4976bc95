using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Tests.Support;

/// <summary>A machine with a system heap, two probes and a GPU, to which a test says steps of the scenario language.</summary>
internal sealed class StepMachine
{
    private readonly StepPlayer player;

    public StepMachine(string kernel = "6.12") => player = new StepPlayer(
        Box.Empty.On(kernel).Heap("system", "system")
            .Device("probe0", "probe").Device("probe1", "probe").Device("gpu", "gpu").Build());

    public Machine Machine => player.Machine;

    public FileTable Files => Machine.First.Files;

    /// <summary>What the last step came to.</summary>
    public Outcome Last { get; private set; } = Outcome.Ok;

    /// <summary>Plays a step.</summary>
    /// <returns>Its outcome as a transcript writes it, without a reason.</returns>
    public string Play(string line)
    {
        ParsedStep parsed = ScenarioParser.ParseStep(line, Machine.Description);
        Last = player.Play(parsed.Step ?? throw new ArgumentException(parsed.Diagnostics[0].ToString(), nameof(line)));
        return Last.Words.IsEmpty ? Last.Name : $"{Last.Name} {string.Join(' ', Last.Words)}";
    }

    /// <summary>The lines of a pseudo-file.</summary>
    public IReadOnlyList<string> Cat(string path)
    {
        Play($"cat {path}");
        return Last.Lines;
    }

    public int Descriptor(string name) => player.Descriptor(name);

    public DmaBufSim.Buffers.DmaBuf Buffer(string name) => Machine.First.Buffer(Descriptor(name)).Value;
}
