using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>A mapping of a process as the judge knows it; a private one has one page.</summary>
internal sealed class CpuMapping(long address, Secrets.Known known, bool isPrivate, long length)
{
    private byte[]? copy;

    public long Address => address;

    public Secrets.Known Known => known;

    public long Length => length;

    /// <summary>The bytes that the process sees and writes.</summary>
    public byte[] Visible => copy ?? known.Bytes;

    /// <summary>Judges a touch; the first write of a private page reads all of it and copies it.</summary>
    public void Judge(Secrets judge, bool writes, long offset, long bytes, bool allowed)
    {
        bool copies = isPrivate && writes && copy is null;
        if (copy is null)
        {
            judge.Judge(
                known,
                "cpu",
                false,
                writes && !isPrivate ? AccessRights.Write : AccessRights.Read,
                copies ? 0 : offset,
                copies ? length : bytes,
                allowed);
        }

        if (copies && allowed)
        {
            copy = known.Bytes[..(int)length];
        }
    }
}
