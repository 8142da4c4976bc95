using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Labels against a plain array of them.</summary>
[TestFixture]
public sealed class ByteLabelsTests
{
    private const int Frames = 5;
    private const int Page = 4096;

    [Test]
    public void LabelsAreThoseOfAPlainArray() => Steps.Check(100, 60, steps =>
    {
        PhysicalMemory memory = new(4 << 20, 0, new Trace());
        ByteLabels labels = memory.KeepLabels();
        int[][] model = [.. Enumerable.Range(0, Frames).Select(_ => new int[Page])];
        foreach (int number in steps)
        {
            int step = number;
            int frame = Steps.Below(ref step, Frames);
            int offset = Steps.Below(ref step, Page);
            int length = Steps.Below(ref step, Page - offset + 1);
            switch (Steps.Below(ref step, 8))
            {
                case < 3:
                    int label = Steps.Below(ref step, 4);
                    labels.Set(frame, offset, length, label);
                    Array.Fill(model[frame], label, offset, length);
                    break;
                case 3:
                    memory.Fill(frame, offset, length, 1);
                    Array.Clear(model[frame], offset, length);
                    break;
                case 4:
                    memory.Write(frame, offset, new byte[length]);
                    Array.Clear(model[frame], offset, length);
                    break;
                case 5:
                    memory.Renew(frame, 1);
                    Array.Clear(model[frame]);
                    break;
                case 6:
                    memory.Wipe(frame, 1);
                    Array.Clear(model[frame]);
                    break;
                default:
                    // A page that nobody has written has no bytes to move, and so no label.
                    int to = (frame + 1) % Frames;
                    memory.Renew(to, 1);
                    memory.Fill(frame, 0, 1, 7);
                    labels.Set(frame, 0, 1, 2);
                    model[frame][0] = 2;
                    memory.Move(frame, to);
                    (model[to], model[frame]) = (model[frame], new int[Page]);
                    break;
            }
        }

        for (int frame = 0; frame < Frames; frame++)
        {
            Assert.That(labels.Of(frame, 0, Page).SequenceEqual(model[frame]), $"frame {frame}");
        }
    });
}
