using DmaBufSim.Files;
using DmaBufSim.Memory;

namespace DmaBufSim.Processes;

/// <summary>A mapping of a file in the address space of a process.</summary>
/// <remarks><b>Kernel:</b> <c>struct vm_area_struct</c>. It holds a reference to its file.</remarks>
public sealed class VmArea
{
    private readonly SortedList<int, byte[]> privatePages = [];
    private List<(int First, int End)> pieces;

    internal VmArea(OpenFile file, long address, in MappingRequest request, bool mayWrite, bool mayExecute)
    {
        File = file;
        Address = address;
        FirstPage = (int)request.FirstPage;
        Pages = (int)request.Pages;
        Protection = request.Protection;
        IsShared = request.IsShared;
        MayWrite = mayWrite;
        MayExecute = mayExecute;
        pieces = [(0, Pages)];
        file.MappingAdded(IsShared && MayWrite);
    }

    /// <summary>The file.</summary>
    public OpenFile File { get; }

    /// <summary>The address of the first byte in the process.</summary>
    public long Address { get; }

    /// <summary>The page of the file where it starts.</summary>
    public int FirstPage { get; }

    /// <summary>How many pages.</summary>
    public int Pages { get; }

    /// <summary>Bytes.</summary>
    public long Length => (long)Pages << PhysicalMemory.PageShift;

    /// <summary>The access that it allows now.</summary>
    public MapProtection Protection { get; internal set; }

    /// <summary>Whether writes reach the file; otherwise the first write to a page makes a copy of it.</summary>
    public bool IsShared { get; }

    /// <summary>Whether mprotect may add the right to write.</summary>
    public bool MayWrite { get; }

    /// <summary>Whether mprotect may add the right to execute.</summary>
    public bool MayExecute { get; }

    /// <summary>The runs of its pages that are still mapped; each holds a reference to the file.</summary>
    public IReadOnlyList<(int First, int End)> Pieces => pieces;

    /// <summary>Whether pages are still mapped, all of them.</summary>
    internal bool IsMapped(int first, int end)
    {
        foreach ((int start, int stop) in pieces)
        {
            if (first >= start && end <= stop)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The mapping goes away, and with it the references.</summary>
    internal void Close() => Unmap(0, Pages);

    /// <summary>Some of its pages go away, if they are still there.</summary>
    /// <remarks>
    /// <b>Kernel:</b> <c>__split_vma()</c>: around a hole there are two areas, each with a reference.
    /// </remarks>
    internal void Unmap(int first, int end)
    {
        int before = pieces.Count;
        pieces =
        [
            .. pieces.SelectMany<(int First, int End), (int First, int End)>(piece =>
                [(piece.First, Math.Min(piece.End, first)), (Math.Max(piece.First, end), piece.End)])
                .Where(piece => piece.First < piece.End),
        ];
        for (int added = before; added < pieces.Count; added++)
        {
            File.Get();
            File.MappingAdded(IsShared && MayWrite);
        }

        for (int removed = pieces.Count; removed < before; removed++)
        {
            File.MappingRemoved(IsShared && MayWrite);
            File.Put();
        }
    }

    /// <summary>The copy of a page that a private mapping has written, or null.</summary>
    internal byte[]? PrivatePage(int page) => privatePages.GetValueOrDefault(page);

    /// <summary>Makes a page of a private mapping its own.</summary>
    internal byte[] CopyPage(int page, ReadOnlySpan<byte> content)
    {
        byte[] copy = content.ToArray();
        privatePages.Add(page, copy);
        return copy;
    }

    /// <summary>The same mapping in a forked process, with a reference and copies of its own.</summary>
    internal VmArea Fork()
    {
        File.Get();
        MappingRequest same = new(FirstPage, Pages, Protection, IsShared);
        VmArea child = new(File, Address, same, MayWrite, MayExecute);
        foreach ((int page, byte[] content) in privatePages)
        {
            child.privatePages.Add(page, (byte[])content.Clone());
        }

        int mapped = 0;
        foreach ((int first, int end) in pieces)
        {
            child.Unmap(mapped, first);
            mapped = end;
        }

        child.Unmap(mapped, Pages);

        return child;
    }
}
