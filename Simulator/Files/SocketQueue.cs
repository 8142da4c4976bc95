namespace DmaBufSim.Files;

/// <summary>Descriptors in flight over one direction of a socket pair. A message holds its file.</summary>
/// <remarks><b>Kernel:</b> SCM_RIGHTS, net/core/scm.c and net/unix/af_unix.c. Each message carries one file.</remarks>
public sealed class SocketQueue
{
    private readonly Queue<OpenFile> messages = new();

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

    /// <summary>The receiver is gone: every message in flight is dropped.</summary>
    public void Purge()
    {
        while (messages.TryDequeue(out OpenFile? file))
        {
            file.Put();
        }
    }
}
