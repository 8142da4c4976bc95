using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios;

public sealed partial class Story
{
    /// <summary>A device copies bytes from one buffer that it has mapped to another.</summary>
    public Outcome Copy(string attachment, long from, string other, long to, long length) =>
        Play("copy", null, Word(attachment), Number(from), Word(other), Number(to), Number(length));

    /// <summary>The trusted application reads bytes.</summary>
    public Outcome TaRead(string descriptor, long offset, long length) =>
        Play("ta_read", null, Word(descriptor), Number(offset), Number(length));

    /// <summary>The trusted application writes a byte over a range.</summary>
    public Outcome TaWrite(string descriptor, long offset, long length, byte value) =>
        Play("ta_write", null, Word(descriptor), Number(offset), Number(length), Number(value));

    /// <summary>The trusted application copies bytes from one buffer to another.</summary>
    public Outcome TaCopy(string descriptor, long from, string other, long to, long length) =>
        Play("ta_copy", null, Word(descriptor), Number(from), Word(other), Number(to), Number(length));

    /// <summary>A device blends bytes of one buffer that it has mapped into those of another.</summary>
    public Outcome Blend(string attachment, long from, string other, long to, long length) =>
        Play("blend", null, Word(attachment), Number(from), Word(other), Number(to), Number(length));

    /// <summary>The trusted application blends bytes of one buffer into those of another.</summary>
    public Outcome TaBlend(string descriptor, long from, string other, long to, long length) =>
        Play("ta_blend", null, Word(descriptor), Number(from), Word(other), Number(to), Number(length));

    /// <summary>The link behind a device is protected from now on, or not any more.</summary>
    public Outcome Link(string device, bool isProtected) =>
        Play("link", null, Word(device), Flags(ParameterKind.LinkState, isProtected ? 1 : 0));

    /// <summary>The use that a heap was for ends, whoever still holds its buffers.</summary>
    public Outcome Teardown(string heap) => Play("teardown", null, Word(heap));

    /// <summary>A device reads through the addresses that its driver gave back last.</summary>
    public Outcome StaleRead(string device, long offset, long length) =>
        Play("stale_read", null, Word(device), Number(offset), Number(length));

    /// <summary>A device writes through the addresses that its driver gave back last.</summary>
    public Outcome StaleWrite(string device, long offset, long length, byte value) =>
        Play("stale_write", null, Word(device), Number(offset), Number(length), Number(value));

    /// <summary>Prints what protection has cost so far, and whom it has stopped at which step.</summary>
    public Outcome Protection() => Play("protection", null);
}
