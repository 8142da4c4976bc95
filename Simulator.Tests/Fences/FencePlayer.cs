using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Fences;

/// <summary>Plays the fence steps of a transcript on the room alone.</summary>
internal sealed partial class FencePlayer
{
    private readonly Dictionary<string, int> names = [];
    private long lastInode;

    public FencePlayer(string kernel, bool dropsSpareSlots = false)
    {
        Core = new FenceCore(KernelProfile.Find(kernel)!, new Trace(), new SimClock(), firstContext: 3)
        {
            DropsSpareSlots = dropsSpareSlots,
        };
        Files = new FileTable(Core.Trace, 1024);
    }

    public FenceCore Core { get; }

    public FileTable Files { get; }

    /// <summary>Plays one step and gives its outcome as a transcript writes it.</summary>
    public string Play(string step)
    {
        string[] words = step.Split(' ');
        string? result = null;
        if (words.Length > 1 && words[1] == "=")
        {
            result = words[0];
            words = words[2..];
        }

        Core.Clock.Advance(1000);
        Result<int> made = Make(words, out string? outcome);
        if (outcome is not null)
        {
            return outcome;
        }

        if (!made.IsOk)
        {
            return made.Errno.ToString();
        }

        names[result!] = made.Value;
        return words[0] == "alloc" ? $"ok size={words[2]}" : "ok";
    }

    private static long Number(string word) => word.StartsWith("0x", StringComparison.Ordinal)
        ? long.Parse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : long.Parse(word, CultureInfo.InvariantCulture);

    private static long? Key(string[] words, string key)
    {
        foreach (string word in words)
        {
            if (word.StartsWith(key + "=", StringComparison.Ordinal))
            {
                return Number(word[(key.Length + 1)..]);
            }
        }

        return null;
    }

    private static ulong Access(string word) => word switch
    {
        "read" => 1,
        "write" => 2,
        "rw" => 3,
        _ => (ulong)Number(word),
    };

    private static DmaResvUsage Usage(string word) => Enum.Parse<DmaResvUsage>(word, ignoreCase: true);

    private int Fd(string name) => names.GetValueOrDefault(name, -1);

    private T? Find<T>(string name)
        where T : OpenFile => Files.Find(Fd(name)) as T;

    private Result<int> Make(string[] words, out string? outcome)
    {
        outcome = null;
        switch (words[0])
        {
            case "alloc":
                return Install(new ResvFile(Core, ++lastInode));
            case "timeline":
                return Install(new SwSyncTimeline(Core, "runner"));
            case "fence" when Find<SwSyncTimeline>(words[1]) is { } timeline:
                return timeline.CreateFence(Files, new SwSyncCreateFenceData((uint)Number(words[2]), words[3]));
            case "merge" when Find<SyncFile>(words[1]) is { } file:
                return file.Merge(Files, new SyncMergeData(
                    words[3], Fd(words[2]), (uint)(Key(words, "flags") ?? 0), (uint)(Key(words, "pad") ?? 0)));
            case "export_sync" when Find<ResvFile>(words[1]) is { } buffer:
                return Export(buffer.Resv, Access(words[2]));
            case "fence" or "merge" or "export_sync":
                return new Result(Errno.EBADF, Reason.DescriptorNotOpen);
            default:
                outcome = Do(words);
                return default;
        }
    }

    private string Do(string[] words)
    {
        if (words[0] == "close")
        {
            string closed = Text(Files.Close(Fd(words[1])));
            names.Remove(words[1]);
            return closed;
        }

        return Files.Find(Fd(words[1])) switch
        {
            SwSyncTimeline timeline => DoTimeline(timeline, words),
            SyncFile file => DoSyncFile(file, words),
            ResvFile buffer => DoBuffer(buffer, words),
            _ when words[0] == "poll" => "ok nval",
            _ => "EBADF",
        };
    }

    private string DoTimeline(SwSyncTimeline timeline, string[] words)
    {
        switch (words[0])
        {
            case "inc":
                return Text(timeline.Increment((uint)Number(words[2])));
            case "deadline":
                Result<ulong> deadline = timeline.GetDeadline(Files, new SwSyncGetDeadline(Fd(words[2])));
                return deadline.IsOk ? $"ok {deadline.Value}" : deadline.Errno.ToString();
            default:
                return Poll(timeline, words[2]);
        }
    }

    private static string DoSyncFile(SyncFile file, string[] words)
    {
        switch (words[0])
        {
            case "info":
                return Info(file, words);
            case "set_deadline":
                return Text(file.SetDeadline(
                    new SyncSetDeadline((ulong)Number(words[2]), (ulong)(Key(words, "pad") ?? 0))));
            default:
                return Poll(file, words[2]);
        }
    }

    private static string Info(SyncFile file, string[] words)
    {
        Result<SyncFileInfo> answer = file.Info(new SyncFileInfoRequest(
            (uint)(Key(words, "num_fences") ?? 64), (uint)(Key(words, "flags") ?? 0), (uint)(Key(words, "pad") ?? 0)));
        if (!answer.IsOk)
        {
            return answer.Errno.ToString();
        }

        SyncFileInfo info = answer.Value;
        string text = $"ok name={info.Name} status={info.Status} num_fences={info.NumFences}";
        foreach (SyncFenceInfo fence in info.Fences)
        {
            text += $" {fence.DriverName}/{fence.ObjectName}:{fence.Status}";
        }

        return text;
    }

    private Result<int> Install(OpenFile file)
    {
        Result<int> descriptor = Files.Reserve();
        Files.Install(descriptor.Value, file, closeOnExec: true);
        return descriptor;
    }

    private static string Poll(OpenFile file, string events)
    {
        PollEvents requested = PollEvents.None;
        foreach (string word in events.Split('|'))
        {
            requested |= word switch
            {
                "in" => PollEvents.In,
                "pri" => PollEvents.Priority,
                "out" => PollEvents.Out,
                "err" => PollEvents.Error,
                "hup" => PollEvents.HangUp,
                "nval" => PollEvents.Invalid,
                _ => PollEvents.None,
            };
        }

        PollEvents ready = file.Poll(requested | PollEvents.Always) & (requested | PollEvents.Always);
        return ready switch
        {
            PollEvents.None => "ok none",
            PollEvents.In => "ok in",
            PollEvents.Out => "ok out",
            _ => "ok in|out",
        };
    }

    private static string Text(Result result) => result.IsOk ? "ok" : result.Errno.ToString();
}
