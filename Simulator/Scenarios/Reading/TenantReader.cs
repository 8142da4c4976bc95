using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads the lines of tenants.</summary>
internal sealed class TenantReader(
    DiagnosticBag bag, LineWords words, MachineDraft draft, DeclaredNames declared, Vocabulary vocabulary)
{
    private const string TypeKey = "type";
    private const string Shape = "tenant NAME [type=TYPE] [KEY=VALUE]...";

    private readonly ImmutableArray<string> types = [.. vocabulary.TenantTypes.Select(type => type.Name)];

    private readonly DeclarationKeys keys = new(bag, words);
    private readonly List<(string On, Place Place)> targets = [];

    /// <summary>Reads a tenant line.</summary>
    public void ReadTenant()
    {
        if (words.Count < 2)
        {
            bag.Add(words.After(0), "the tenant has no name", Shape);
            return;
        }

        string name = words[1].ToString();
        keys.Read(2);
        bool isNew = !draft.Tenants.Exists(tenant => tenant.Name == name);
        if (!isNew)
        {
            bag.Add(words.At(1), $"the tenant {QuotedText.Of(name)} is declared twice");
        }

        string word = name.TrimEnd("0123456789".ToCharArray());
        string? typeName = keys.Has(TypeKey) ? keys.Text(TypeKey) : types.Contains(word) ? word : null;
        TenantType? type = typeName is null ? null : vocabulary.FindTenant(typeName);
        if (typeName is null && !keys.Has(TypeKey))
        {
            bag.Add(words.After(1), $"the name {QuotedText.Of(name)} does not tell the tenant's type",
                "type=" + string.Join('|', types), bag.Suggest(name, types));
        }
        else if (typeName is not null && type is null)
        {
            bag.AddUnknown(keys.At(TypeKey), "tenant type", typeName, types);
        }

        TenantDescription tenant = new(name, typeName ?? "");
        if (type is not null)
        {
            tenant = ReadSettings(type, tenant);
        }

        if (isNew)
        {
            draft.Tenants.Add(tenant);
        }
    }

    /// <summary>Reports tenants that pins are on and that are not there, or have no pages.</summary>
    public void Finish()
    {
        List<string> holders = [.. draft.Tenants.Where(HasPages).Select(tenant => tenant.Name)];
        foreach ((string on, Place place) in targets)
        {
            if (!holders.Contains(on))
            {
                bag.AddUnknown(place, "tenant with pages", on, holders,
                    holders.Count == 0 ? "a tenant of type anonymous or cache among the declarations" : null);
            }
        }
    }

    private bool HasPages(TenantDescription tenant) => vocabulary.FindTenant(tenant.Type) is { HasPages: true };

    private TenantDescription ReadSettings(TenantType type, TenantDescription tenant)
    {
        keys.Allow([TypeKey, .. type.Keys.Select(key => key.Name)]);
        foreach (TenantKey key in type.Keys)
        {
            if (keys.Text(key.Name) is { } text)
            {
                tenant = tenant.With(key.Name, Read(key, text));
            }
        }

        if (type.Problem(tenant) is { } problem)
        {
            bag.Add(words.After(words.Count - 1), problem, "the key that is missing, with its value");
        }

        return tenant;
    }

    // What is wrong is reported and read as something, so that no second mistake follows from it.
    private TenantSetting Read(TenantKey key, string text)
    {
        Place place = keys.At(key.Name);
        if (key.Value == TenantValue.Heap)
        {
            declared.UseHeap(text, place);
        }
        else if (key.Value == TenantValue.Device)
        {
            declared.UseDevice(text, place, DeviceUse.Step);
        }
        else if (key.Value == TenantValue.Tenant)
        {
            targets.Add((text, place));
        }
        else if (key.IsWord && !key.Accepts(text))
        {
            bag.AddUnknown(place, key.Value == TenantValue.Format ? "format" : "term", text, TenantText.Words(key));
        }

        if (key.IsWord)
        {
            return text;
        }

        if (!TenantText.TryParse(key, text, out TenantSetting setting))
        {
            bag.Add(place, $"{QuotedText.Of(text)} is no {TenantText.What(key)}", TenantText.Shape(key),
                TenantText.Repair(key, text));
        }
        else if (setting.Low > setting.High && key.Value != TenantValue.Resolution)
        {
            bag.Add(place, $"the range {QuotedText.Of(text)} runs backwards", TenantText.Shape(key));
        }
        else if (!key.Accepts(setting))
        {
            bag.Add(place, $"{key.Name}={text} is out of range", TenantText.Shape(key));
        }

        return setting;
    }
}
