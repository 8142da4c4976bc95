using System.Runtime.InteropServices;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Fences;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>The names of one process, and what they stand for while a story is played.</summary>
internal sealed class NameTable
{
    /// <summary>The descriptor that an unbound name stands for.</summary>
    public const int NoDescriptor = -1;

    private const long NoAddress = -1;

    private readonly Dictionary<string, Binding> names;

    /// <summary>A table without names.</summary>
    public NameTable() => names = new Dictionary<string, Binding>(StringComparer.Ordinal);

    private NameTable(NameTable parent) => names = new(parent.names, StringComparer.Ordinal);

    /// <summary>The names of a forked process.</summary>
    public NameTable Fork() => new(this);

    /// <summary>The acquire context of a name, or null.</summary>
    public WwAcquireContext? Acquire(string name) => names.GetValueOrDefault(name).Object as WwAcquireContext;

    /// <summary>Makes a name stand for something.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kind">What kind of thing.</param>
    /// <param name="number">The descriptor or the address, where it is one.</param>
    /// <param name="held">The object, where it is none of these.</param>
    /// <param name="buffer">The buffer that it leads to, or null.</param>
    public void Bind(string name, Produces kind, long number, object? held, DmaBuf? buffer) =>
        names[name] = new Binding(kind, number, held, buffer);

    /// <summary>The name stands for nothing any more; which buffer it led to is remembered.</summary>
    public void Unbind(string name)
    {
        ref Binding binding = ref CollectionsMarshal.GetValueRefOrNullRef(names, name);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref binding))
        {
            binding = new Binding(Produces.Nothing, 0, null, binding.Buffer);
        }
    }

    /// <summary>The descriptor of a name, or <see cref="NoDescriptor"/>.</summary>
    public int Descriptor(string name) =>
        names.TryGetValue(name, out Binding binding) && binding.Kind == Produces.Descriptor
            ? (int)binding.Number
            : NoDescriptor;

    /// <summary>The address of a name's mapping, or one where nothing is mapped.</summary>
    public long Address(string name) =>
        names.TryGetValue(name, out Binding binding) && binding.Kind == Produces.Mapping ? binding.Number : NoAddress;

    /// <summary>The attachment of a name that is still attached, or null.</summary>
    public Import? Attachment(string name) =>
        names.GetValueOrDefault(name).Object is Import { IsAttached: true } import ? import : null;

    /// <summary>The kernel mapping of a name that is still held, or null.</summary>
    public KernelMapping? Vmap(string name) =>
        names.GetValueOrDefault(name).Object is KernelMapping { IsHeld: true } mapping ? mapping : null;

    /// <summary>The reference on a page of a name that is still held, or null.</summary>
    public PagePin? Pin(string name) =>
        names.GetValueOrDefault(name).Object is PagePin { IsHeld: true } pin ? pin : null;

    /// <summary>The names that stand for something of a kind, in order.</summary>
    public List<string> Of(Produces kind)
    {
        List<string> found = [];
        foreach (string name in names.Keys.Order(StringComparer.Ordinal))
        {
            Binding binding = names[name];
            if (kind == Produces.Nothing ? binding.Buffer is not null : binding.Kind == kind)
            {
                found.Add(name);
            }
        }

        return found;
    }

    /// <summary>The buffer that a name leads to, or led to before it was unbound; null where there was none.</summary>
    public DmaBuf? Buffer(string name) => names.GetValueOrDefault(name).Buffer;

    private readonly record struct Binding(Produces Kind, long Number, object? Object, DmaBuf? Buffer);
}
