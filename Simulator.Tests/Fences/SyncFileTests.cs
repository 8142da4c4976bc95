using DmaBufSim.Abi;
using DmaBufSim.Fences;
using DmaBufSim.Files;
using DmaBufSim.Tests.Support;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>sync_files and software timelines, against sequences that were recorded on real kernels.</summary>
[TestFixture]
public sealed class SyncFileTests
{
    private StepMachine player = null!;

    [SetUp]
    public void SetUp() => player = new StepMachine("6.12");

    [Test]
    public void ValuesAreComparedWithWrapAround()
    {
        Play("t = timeline", "ok");
        (string Value, int Status)[] values =
            [("5", 0), ("5", 0), ("3", 0), ("0", 1), ("0xffffffff", 1), ("0x7fffffff", 0), ("0x80000000", 1)];
        foreach ((string value, int status) in values)
        {
            Play($"f{value} = fence t {value} ignored", "ok");
            Assert.That(player.Play($"info f{value} num_fences=0"), Does.Contain($"status={status} "));
        }

        Assert.That(player.Play("info f0xffffffff num_fences=0"), Does.Contain("name=sw_sync-runner3-4294967295 "));
        Assert.That(player.Machine.Fences.Timelines.Info(), Is.EqualTo(
            "objs:\n--------------\nrunner: 0\n  fence active: 3 / 0\n  fence active: 5 / 0\n"
            + "  fence active: 2147483647 / 0\n\nfences:\n--------------\n"));
    }

    [Test]
    public void AFenceIsSharedWithItsEarliestDeadline()
    {
        Play("t = timeline", "ok");
        Play("f = fence t 5 f", "ok");
        Play("g = fence t 5 g", "ok");
        Play("deadline t f", "ENOENT");
        Play("set_deadline f 1000", "ok");
        Play("set_deadline f 2000", "ok");
        Play("deadline t g", "ok 1000");
        Play("set_deadline g 500", "ok");
        Play("deadline t f", "ok 500");
        Play("set_deadline f 1 pad=1", "EINVAL");
    }

    [Test]
    public void MergedTimelinesBehaveAsRecorded()
    {
        string[] story =
        [
            "t1 = timeline -> ok", "f5 = fence t1 5 f5 -> ok", "f3 = fence t1 3 f3 -> ok",
            "m53 = merge f5 f3 m53 -> ok",
            "info m53 -> ok name=m53 status=0 num_fences=1 sw_sync/runner:0",
            "t2 = timeline -> ok", "f4 = fence t2 4 f4 -> ok", "a = merge f5 f4 ma -> ok",
            "info a -> ok name=ma status=0 num_fences=2 sw_sync/runner:0 sw_sync/runner:0",
            "info a num_fences=1 -> EINVAL",
            "info a num_fences=0 -> ok name=ma status=0 num_fences=2",
            "set_deadline a 77 -> ok", "deadline t1 f4 -> ok 77", "deadline t1 a -> EINVAL",
            "b = alloc system 4096 -> ok size=4096", "import_sync b read a -> ok",
            "fences b read -> ok sw_sync:5:read:pending sw_sync:4:read:pending",
            "e = export_sync b write -> ok",
            "info e num_fences=0 -> ok name=dma_fence_array-unbound6-1 status=0 num_fences=2",
            "inc t1 3 -> ok", "inc t1 2 -> ok",
            "info a -> ok name=ma status=0 num_fences=2 sw_sync/runner:1 sw_sync/runner:0",
            "poll b out -> ok none", "inc t2 4 -> ok", "poll b out -> ok out",
            "info e -> ok name=dma_fence_array-unbound6-1 status=1 num_fences=2 sw_sync/runner:1 sw_sync/runner:1",
            "inc t1 0 -> ok",
        ];
        foreach (string line in story)
        {
            string[] parts = line.Split(" -> ");
            Play(parts[0], parts[1]);
        }
    }

    [Test]
    public void ALongWayWrapsAndSignalsWhatItPasses()
    {
        Play("t = timeline", "ok");
        Play("f = fence t 0x7fffffff f", "ok");
        Play("inc t 5", "ok");
        Play("inc t 0xffffffff", "ok");
        Assert.That(player.Machine.Fences.Timelines.Timelines[0].Value, Is.EqualTo(4));
        Assert.That(player.Play("info f num_fences=0"), Does.Contain("status=1 "));
    }

    [Test]
    public void ClosingATimelineEndsItsFencesWithAnError()
    {
        Play("t = timeline", "ok");
        Play("f1 = fence t 1 f1", "ok");
        Play("f2 = fence t 200 f2", "ok");
        Play("f3 = fence t 100 f3", "ok");
        Play("inc t 4", "ok");
        player.Machine.Fences.Clock.Advance(1_212_473_255 - player.Machine.Fences.Clock.Now - 1000);
        Play("close t", "ok");
        Play("info f1 num_fences=0", "ok name=sw_sync-runner3-1 status=1 num_fences=1");
        Play("info f2 num_fences=0", "ok name=sw_sync-runner3-200 status=-2 num_fences=1");
        Play("poll f2 in|out", "ok in");
        Assert.That(player.Machine.Fences.Timelines.Info(), Is.EqualTo(
            "objs:\n--------------\nrunner: 4\n  fence error@1.212473255: 100 / 4\n"
            + "  fence error@1.212473255: 200 / 4\n\nfences:\n--------------\n"));
        Play("m = merge f2 f3 both", "ok");
        Play("info m", "ok name=both status=1 num_fences=1 stub/stub:1");
        Play("close f2", "ok");
        Play("close f3", "ok");
        Assert.That(player.Machine.Fences.Timelines.Info(), Does.Not.Contain("fence error"));
        Play("close f1", "ok");
        Assert.That(player.Machine.Fences.Timelines.Info(), Is.EqualTo("objs:\n--------------\nfences:\n--------------\n"));
    }

    [Test]
    public void AMergeChecksInTheOrderOfTheKernel()
    {
        FileTable files = new(player.Machine.Fences.Trace, 4);
        SyncFile file = SyncFile.Create(player.Machine.Fences.GetStub());
        Assert.That(files.Reserve().IsOk);
        Assert.That(file.Merge(files, null).Errno, Is.EqualTo(Errno.EMFILE));
        files.Cancel(3);
        Assert.That(file.Merge(files, null).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(file.Merge(files, new SyncMergeData("m", 99, Flags: 1)).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(file.Merge(files, new SyncMergeData("m", 99, Pad: 1)).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(file.Merge(files, new SyncMergeData("m", 99)).Errno, Is.EqualTo(Errno.ENOENT));
        files.Install(files.Reserve().Value, file, closeOnExec: true);
        Assert.That(file.Merge(files, new SyncMergeData("m", 3)).Errno, Is.EqualTo(Errno.EMFILE));
    }

    [Test]
    public void InfoChecksInTheOrderOfTheKernel()
    {
        SyncFile file = SyncFile.Create(player.Machine.Fences.GetStub());
        Assert.That(file.Info(null).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(file.Info(new SyncFileInfoRequest(0, Flags: 1)).Reason, Is.EqualTo(Reason.SyncFieldNotZero));
        Assert.That(file.Info(new SyncFileInfoRequest(0, Pad: 1)).Reason, Is.EqualTo(Reason.SyncFieldNotZero));
        Assert.That(
            file.Info(new SyncFileInfoRequest(1, RoomIsWritable: false)).Reason, Is.EqualTo(Reason.ArgumentUnwritable));
        Assert.That(file.Info(new SyncFileInfoRequest(0, RoomIsWritable: false)).IsOk);
    }

    [Test]
    public void TheTwoWaysToTellAStatusCanDiffer()
    {
        // Pending as a whole, while its first fence has failed.
        Play("t1 = timeline", "ok");
        Play("t2 = timeline", "ok");
        Play("f = fence t1 1 f", "ok");
        Play("g = fence t2 1 g", "ok");
        Play("m = merge f g m", "ok");
        Play("close t1", "ok");
        Play("info m num_fences=0", "ok name=m status=0 num_fences=2");
        Play("info m", "ok name=m status=-2 num_fences=2 sw_sync/runner:-2 sw_sync/runner:0");
    }

    [TestCase("6.1", Errno.ENOTTY)]
    [TestCase("6.12", Errno.EFAULT)]
    public void DeadlinesAreAsOldAsTheKernelThatHasThem(string kernel, Errno errno)
    {
        player = new StepMachine(kernel);
        SyncFile file = SyncFile.Create(player.Machine.Fences.GetStub());
        SwSyncTimeline timeline = new(player.Machine.Fences, "runner");
        IoctlArgument nothing = new(IsReadable: false);
        Assert.That(file.Ioctl((uint)SyncFileIoctl.SetDeadline, nothing).Errno, Is.EqualTo(errno));
        Assert.That(timeline.Ioctl((uint)SwSyncIoctl.GetDeadline, nothing).Errno, Is.EqualTo(errno));
        Assert.That(timeline.GetDeadline(player.Files, null).Errno, Is.EqualTo(errno));
    }

    [Test]
    public void OtherCallsAreRefused()
    {
        IoctlArgument readable = new(IsReadable: true, Value: 3);
        OpenFile file = SyncFile.Create(player.Machine.Fences.GetStub());
        SwSyncTimeline timeline = new(player.Machine.Fences, "a-name-that-is-too-long");
        foreach (OpenFile each in (OpenFile[])[file, timeline])
        {
            Assert.That(each.Seek(0, SeekWhence.End).Errno, Is.EqualTo(Errno.ESPIPE));
            Assert.That(each.Mmap(default).Errno, Is.EqualTo(Errno.ENODEV));
            Assert.That(each.Ioctl(0x40083e00, readable).Errno, Is.EqualTo(Errno.ENOTTY));
        }

        Assert.That(timeline.Ioctl((uint)SwSyncIoctl.Increment, readable).IsOk);
        Assert.That((timeline.Timeline.Value, timeline.Timeline.Name), Is.EqualTo((3, "a-name-that-is-")));
        Assert.That(timeline.Increment(null).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(file.Ioctl((uint)SyncFileIoctl.FileInfo, new IoctlArgument(false)).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(timeline.Poll(PollEvents.In), Is.EqualTo(PollEvents.Default), "a file without poll is ready");
    }

    [Test]
    public void NamesAreCutAndChangeWithTheSignalInTheNewestKernel()
    {
        player = new StepMachine("7.3");
        Play("t = timeline", "ok");
        Play("f = fence t 1 f", "ok");
        Play("info f num_fences=0", "ok name=sw_sync-runner3-1 status=0 num_fences=1");
        Play("inc t 1", "ok");
        Play("info f num_fences=0", "ok name=detached-driver-signaled-timeli status=1 num_fences=1");
        Play("m = merge f f a-name-of-more-than-thirty-one-characters", "ok");
        Play("info m num_fences=0", "ok name=a-name-of-more-than-thirty-one- status=1 num_fences=1");
    }

    [Test]
    public void PollTellsWaitersAndForgetsThemWhenTheyLeave()
    {
        MockFence fence = new(player.Machine.Fences);
        SyncFile file = SyncFile.Create(fence);
        Waiter stays = new();
        Waiter leaves = new();
        Assert.That(file.Poll(PollEvents.In, stays), Is.EqualTo(PollEvents.None));
        Assert.That(file.Poll(PollEvents.In, leaves), Is.EqualTo(PollEvents.None));
        leaves.Leave();
        fence.Signal();
        Assert.That((stays.Events, leaves.Events), Is.EqualTo((PollEvents.In, PollEvents.None)));
        Assert.That(file.Poll(PollEvents.In | PollEvents.Out), Is.EqualTo(PollEvents.In));
        Assert.That(fence.TimesEnabled, Is.EqualTo(1));
    }

    [Test]
    public void AFileClosedWhileItsFenceIsPendingLeavesNoCallback()
    {
        MockFence fence = new(player.Machine.Fences);
        SyncFile file = SyncFile.Create(fence);
        file.Poll(PollEvents.In);
        fence.Put();
        file.Put();
        Assert.That((player.Machine.Fences.LiveFences, fence.HasSignaled), Is.EqualTo((0L, false)));
        Assert.That(player.Machine.Fences.Trace.Warnings, Is.Empty);
    }

    private void Play(string step, string outcome) => Assert.That(player.Play(step), Is.EqualTo(outcome), step);

    private sealed class Waiter : PollWaiter
    {
        public PollEvents Events { get; private set; }

        protected internal override void Woken(PollEvents events) => Events = events;
    }
}
