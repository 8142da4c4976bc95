using System.Runtime.InteropServices;

namespace DmaBufSim.Benchmarks;

/// <summary>The system calls of the host that the baseline needs.</summary>
internal static partial class Host
{
    /// <summary>Makes an empty memory file of a size and drops it.</summary>
    public static void MakeAndDropMemfd(long size)
    {
        int descriptor = MemfdCreate("baseline", 0);
        if (descriptor < 0 || Ftruncate(descriptor, size) != 0 || Close(descriptor) != 0)
        {
            throw new InvalidOperationException("the host refused to make a memfd");
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Ftruncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
