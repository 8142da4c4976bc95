using DmaBufSim.Hosting;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace DmaBufSim.Tests.Hosting;

/// <summary>Assemblies as plug-ins, and why one is refused, word for word.</summary>
[TestFixture]
public sealed class HeapPluginTests
{
    private DirectoryInfo folder = null!;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("dmabuf-plugin-");

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void EveryMarkedClassIsRegistered()
    {
        string path = typeof(HeapPluginTests).Assembly.Location;
        using ServiceProvider provider =
            new ServiceCollection().AddDmaBufSim().AddHeapPlugin(path).BuildServiceProvider();
        Assert.That(provider.GetRequiredService<ScenarioRunner>().Vocabulary.HeapTypes,
            Does.Contain("sound").And.Contain("gives-nothing").And.Not.Contain("hidden"));
    }

    [Test]
    public void AGoodOneIsTaken()
    {
        PluginAssembly.Write(At("good.dll"), "good-one");
        using ServiceProvider provider =
            new ServiceCollection().AddDmaBufSim().AddHeapPlugin(At("good.dll")).BuildServiceProvider();
        Assert.That(provider.GetRequiredService<ScenarioRunner>().Vocabulary.HeapTypes, Does.Contain("good-one"));
    }

    [Test]
    public void WhatIsNoAssemblyIsRefused()
    {
        File.WriteAllText(At("text.dll"), "this is no assembly");
        Assert.That(Refusal("text.dll"), Is.EqualTo(
            "text.dll: this is not a .NET assembly; name the .dll that `dotnet build` made"));
        Assert.That(Refusal("nothing.dll"), Is.EqualTo(
            "nothing.dll: there is no such file; build the plug-in and name its .dll"));
    }

    [Test]
    public void AnAssemblyWithoutAHeapIsRefused()
    {
        PluginAssembly.Write(At("plain.dll"), null);
        Assert.That(Refusal("plain.dll"), Is.EqualTo(
            "plain.dll: no public class has the attribute [HeapType(\"word\")]; give it to the heap that you wrote "
            + "([CmaPolicy], [GuardType] and [TenantType] to a policy of areas, a guard and a tenant)"));
    }

    [Test]
    public void AClassThatIsNoHeapIsRefused()
    {
        PluginAssembly.Write(At("object.dll"), "object", isHeap: false);
        Assert.That(Refusal("object.dll"), Is.EqualTo(
            "object.dll: the class MyHeap has [HeapType] and is no DmaHeap that can be made; derive it from DmaHeap"));
    }

    [Test]
    public void AHeapWithoutAContextIsRefused()
    {
        PluginAssembly.Write(At("alone.dll"), "alone", takesContext: false);
        Assert.That(Refusal("alone.dll"), Is.EqualTo(
            "alone.dll: the class MyHeap has no public constructor that takes a HeapContext"));
    }

    [TestCase("")]
    [TestCase("two words")]
    [TestCase("a=b")]
    public void AWordThatIsNoneIsRefused(string word)
    {
        PluginAssembly.Write(At("word.dll"), word);
        Assert.That(Refusal("word.dll"), Is.EqualTo(
            $"word.dll: the class MyHeap calls itself '{word}'; "
            + "a heap type is a word of letters, digits, '-' and '_'"));
    }

    [Test]
    public void AWordThatIsTakenIsRefused()
    {
        PluginAssembly.Write(At("first.dll"), "carveout");
        Assert.That(Refusal("first.dll"), Is.EqualTo(
            "first.dll: the class MyHeap calls itself 'carveout', which is a heap type already; choose another word"));
        PluginAssembly.Write(At("one.dll"), "one-word");
        PluginAssembly.Write(At("two.dll"), "one-word");
        Assert.That(Refusal("one.dll", "two.dll"), Is.EqualTo(
            "two.dll: the class MyHeap calls itself 'one-word', which is a heap type already; choose another word"));
    }

    private string At(string name) => Path.Combine(folder.FullName, name);

    private string Refusal(params string[] names)
    {
        IServiceCollection services = new ServiceCollection().AddDmaBufSim();
        HeapPluginException? refused = Assert.Throws<HeapPluginException>(() =>
        {
            foreach (string name in names)
            {
                services.AddHeapPlugin(At(name));
            }
        });
        return refused!.Message.Replace(folder.FullName + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }
}
