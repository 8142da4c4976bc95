namespace DmaBufSim.Files;

/// <summary>Descriptors in flight over one direction of a socket pair. A message holds its file.</summary>
/// <remarks><b>Kernel:</b> SCM_RIGHTS, net/core/scm.c and net/unix/af_unix.c. Each message carries one file.</remarks>
public sealed class SocketQueue
{
    private readonly Queue<OpenFile> messages = new();
    private int receivers = 1;

    /// <summary>The messages, oldest first.</summary>
    public IEnumerable<OpenFile> Messages => messages;

    /// <summary>Whether nothing is in flight.</summary>
    public bool IsEmpty => messages.Count == 0;

    /// <summary>Puts a file in flight.</summary>
    public void Send(OpenFile file)
    {
        file.Get();
        messages.Enqueue(file);
    }

    /// <summary>Takes the oldest message with its reference, or null.</summary>
    public OpenFile? Take() => messages.TryDequeue(out OpenFile? file) ? file : null;

    /// <summary>A fork copies the receiving end.</summary>
    public void AddReceiver() => receivers++;

    /// <summary>A copy of the receiving end closes. The last one drops every message in flight.</summary>
    /// <remarks><b>Kernel:</b> <c>unix_release_sock()</c>.</remarks>
    public void CloseReceiver()
    {
        receivers--;
        if (receivers == 0)
        {
            Purge();
        }
    }

    /// <summary>Drops every message in flight.</summary>
    public void Purge()
    {
        while (messages.TryDequeue(out OpenFile? file))
        {
            file.Put();
        }
    }
}
