using DmaBufSim.Engine;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Scenarios;

public sealed partial class Story
{
    /// <summary>Says which pages of an area hold movable memory of a mapping.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="pages">Runs such as <c>0+512,600+1</c>, counted from the start of the area, or <c>none</c>.</param>
    /// <param name="area">The area; null for the first one.</param>
    public Outcome Given(string mapping, string pages, string? area = null) =>
        Play(
            "given", null, Flags(ParameterKind.MovableWord, 1), Word(mapping), Word(pages),
            area is null ? default : Word(area));

    /// <summary>Takes a reference on the page of a mapping that lies at a page of its area.</summary>
    public Outcome PinPage(string name, string mapping, long page) => Play("pin", name, Word(mapping), Number(page));

    /// <summary>Lets the tenants live for the next so many of their events.</summary>
    public Outcome Background(long events) => Play("background", null, Number(events));

    /// <summary>Lets the tenants live for a time.</summary>
    public Outcome Background(TimeSpan time) =>
        Play("background", null, Word(TimeText.Of(time.Ticks * TimeSpan.NanosecondsPerTick)));

    /// <summary>Tells how many windows were found busy since it was asked last.</summary>
    public Outcome Retries() => Play("retries", null);

    /// <summary>Prints what the areas have left in the kernel's log.</summary>
    public Outcome Dmesg() => Play("dmesg", null);

    /// <summary>Explains whether a buffer would fit now.</summary>
    public Outcome Why(string heap, long length) => Play("why", null, Word(heap), Number(length));
}
