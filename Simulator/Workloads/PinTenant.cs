using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>References on pages of another tenant, each for a while, so that they cannot be moved.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>pin_user_pages()</c>. A short pin, as direct I/O takes, leaves the page where it is; a long
/// one (FOLL_LONGTERM) moves it out of a CMA area first and fails where it cannot.</para>
/// <para><b>Differs:</b> a page is drawn in a few tries; where none is found, nothing is pinned.</para>
/// <para><b>Cost:</b> one event for each turn and each release; a pin takes four draws or less on average.</para>
/// </remarks>
internal sealed class PinTenant : Tenant
{
    public const string Short = "short";
    public const string Long = "long";

    // Any other event is the release of a pin, by its place in the table.
    private const int Turn = -1;

    private readonly TenantSetting start;
    private readonly TenantSetting count;
    private readonly TenantSetting every;
    private readonly TenantSetting life;
    private readonly string on;
    private readonly bool isLong;
    private readonly List<PagePin?> pins = [];
    private readonly Stack<int> places = new();

    public PinTenant(TenantContext context)
        : base(context)
    {
        start = context.Get("start");
        count = context.Get("count");
        every = context.Get("every");
        life = context.Get("life");
        on = context.Get("on").Word!;
        isLong = context.Get("term").Word == Long;
    }

    protected internal override void Come() => After(start.Draw(Draws), Turn);

    protected internal override void Happen(int what)
    {
        if (what != Turn)
        {
            pins[what]!.Release();
            pins[what] = null;
            places.Push(what);
            return;
        }

        for (long left = count.Draw(Draws); left > 0; left--)
        {
            TakePin();
        }

        After(every.Draw(Draws), Turn);
    }

    protected internal override void Leave()
    {
        foreach (PagePin? pin in pins)
        {
            pin?.Release();
        }

        pins.Clear();
    }

    private void TakePin()
    {
        if (!Other(on)!.TryDrawPage(Draws, out MovableMemory memory, out int slot))
        {
            return;
        }

        Result<PagePin> pin = memory.PinAt(slot, isLong);
        Figures.AddPin(pin.IsOk);
        if (pin.IsOk)
        {
            After(life.Draw(Draws), Keep(pin.Value));
        }
    }

    private int Keep(PagePin pin)
    {
        if (places.TryPop(out int place))
        {
            pins[place] = pin;
            return place;
        }

        pins.Add(pin);
        return pins.Count - 1;
    }
}
