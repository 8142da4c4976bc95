using System.Collections.Immutable;
using System.Text;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Something that a step can do.</summary>
/// <param name="Name">The word.</param>
/// <param name="Produces">What a name before <c>=</c> is bound to.</param>
/// <param name="Parameters">The words that follow.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="KernelFunction">What Linux does it with; <c>none</c> where it has nothing like it.</param>
/// <param name="OutcomeWords">What follows <c>ok</c>; empty where nothing does.</param>
public sealed record Verb(
    string Name,
    Produces Produces,
    ImmutableArray<Parameter> Parameters,
    string Summary,
    string KernelFunction,
    string OutcomeWords)
{
    /// <summary>Plays a step of this verb.</summary>
    internal StepAction Action { get; init; } =
        static (in call) => throw new InvalidOperationException("this verb has no action");

    /// <summary>Whether a step can succeed with a name that stands for nothing.</summary>
    internal bool TakesUnboundNames { get; init; }

    /// <summary>Who does it, in words: a kernel function, or what stands for one; null for a mere view.</summary>
    public string? Origin => KernelFunction switch
    {
        "none" => null,
        _ when KernelFunction.StartsWith("none: ", StringComparison.Ordinal) =>
            $"not in Linux: {KernelFunction["none: ".Length..]}",
        _ => $"in Linux: {KernelFunction}",
    };

    /// <summary>Whether it only says what is: a transcript gives it no outcome where that can be.</summary>
    public bool IsStatement { get; init; }

    /// <summary>
    /// Whether tenants act in it: their thousands of changes are told by the outcome's figures and not one by one.
    /// </summary>
    public bool IsBackground { get; init; }

    /// <summary>How a step with it is written.</summary>
    public string Usage => MakeUsage();

    /// <summary>Whether a step may have this many words after the verb.</summary>
    internal bool Accepts(int count) =>
        count <= Parameters.Length
        && (count == Parameters.Length || (Parameters[count].Optional && !Parameters[count].Together));

    private string MakeUsage()
    {
        StringBuilder usage = new(Produces == Produces.Nothing ? Name : $"RESULT = {Name}");
        int open = 0;
        foreach (Parameter parameter in Parameters)
        {
            bool opens = parameter.Optional && !parameter.Together;
            usage.Append(opens ? " [" : " ");
            if (parameter.Keyword is { } key)
            {
                usage.Append(key).Append('=').Append(parameter.Name).Append(opens ? "]" : "");
                continue;
            }

            usage.Append(parameter.Name);
            open += opens ? 1 : 0;
        }

        return usage.Append(']', open).ToString();
    }
}

/// <summary>What a successful step makes, for the name before <c>=</c>.</summary>
public enum Produces
{
    /// <summary>Nothing; a name is a mistake.</summary>
    Nothing,

    /// <summary>A descriptor.</summary>
    Descriptor,

    /// <summary>A mapping of a process.</summary>
    Mapping,

    /// <summary>An attachment of a device.</summary>
    Attachment,

    /// <summary>A mapping of the kernel.</summary>
    Vmap,

    /// <summary>An acquire context of a driver.</summary>
    Acquire,

    /// <summary>A reference on a page, or nothing where an exporter's pin is meant.</summary>
    Pin,
}

/// <summary>A word that follows a verb.</summary>
/// <param name="Name">Its name in the usage.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Optional">Whether it may be left out.</param>
/// <param name="Keyword">
/// It is written <c>keyword=value</c>, in any order among its like; null where its place says what it is.
/// </param>
/// <param name="Together">An optional one that must be there whenever the one before it is.</param>
public sealed record Parameter(
    string Name, ParameterKind Kind, bool Optional = false, string? Keyword = null, bool Together = false);

/// <summary>What a word after a verb is.</summary>
public enum ParameterKind
{
    /// <summary>The name of a descriptor.</summary>
    Descriptor,

    /// <summary>The name of a mapping of a process.</summary>
    Mapping,

    /// <summary>The name of an attachment.</summary>
    Attachment,

    /// <summary>The name of an attachment where the words that follow are there, of a descriptor where not.</summary>
    AttachmentOrDescriptor,

    /// <summary>The name of a kernel mapping.</summary>
    Vmap,

    /// <summary>The name of a mapping of a process, or of a kernel mapping.</summary>
    MappingOrVmap,

    /// <summary>
    /// A name that leads to a buffer, or led to it before it was unbound; or the inode number of the buffer.
    /// </summary>
    Buffer,

    /// <summary>The name of a process.</summary>
    Process,

    /// <summary>The name of a heap.</summary>
    Heap,

    /// <summary>The name of a device.</summary>
    Device,

    /// <summary>Any number of 64 bits.</summary>
    Number,

    /// <summary>An offset or a length in bytes.</summary>
    Bytes,

    /// <summary>The value of a byte.</summary>
    Byte,

    /// <summary>Flags of an open file.</summary>
    FdFlags,

    /// <summary>PROT_ flags of mmap.</summary>
    Protection,

    /// <summary>MAP_ flags of mmap.</summary>
    MapFlags,

    /// <summary>Flags of DMA_BUF_IOCTL_SYNC.</summary>
    SyncFlags,

    /// <summary>A DMA direction.</summary>
    Direction,

    /// <summary>What an offset of lseek counts from.</summary>
    Whence,

    /// <summary>A word that is taken as it is.</summary>
    Text,

    /// <summary>The path of a pseudo-file.</summary>
    Path,

    /// <summary>The name of a region of a buffer.</summary>
    Region,

    /// <summary>The words <c>dynamic</c>, whose number is 1, and <c>secure</c>, whose number is 2.</summary>
    AttachWords,

    /// <summary>Seals of a memfd.</summary>
    Seals,

    /// <summary>Flags of UDMABUF_CREATE.</summary>
    UdmabufFlags,

    /// <summary>Stretches of memfds: <c>u:0:8192,w:4096:4096</c>, or <c>none</c>.</summary>
    UdmabufItems,

    /// <summary>The name of an acquire context.</summary>
    Acquire,

    /// <summary>Which access an export or import of fences is for.</summary>
    AccessFlags,

    /// <summary>Events of poll.</summary>
    PollEvents,

    /// <summary>What a fence in a reservation is for.</summary>
    ResvUsage,

    /// <summary>The word <c>movable</c>; its number is 1.</summary>
    MovableWord,

    /// <summary>The name of a mapping that borrows pages; the line makes it.</summary>
    Tenant,

    /// <summary>
    /// The name of a mapping that borrows pages where the words that follow are there, of an attachment where not.
    /// </summary>
    AttachmentOrTenant,

    /// <summary>The name of an attachment or of a reference on a page.</summary>
    AttachmentOrPin,

    /// <summary>Pages of an area: <c>0+512,11776+534</c> or <c>none</c>.</summary>
    PageRuns,

    /// <summary>The name of an area.</summary>
    Area,

    /// <summary>A number of events, or a time.</summary>
    Background,

    /// <summary>The state of a link.</summary>
    LinkState,
}
